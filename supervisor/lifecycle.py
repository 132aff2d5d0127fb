"""The life of the worker, as a pure machine: events in, effects out. Times are monotonic seconds.

A worker that dies while it starts, or before it has answered anything, is started again with a growing pause (the
exponent is clamped, and forgotten after a minute of health); one that dies at work is started again at once.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto, unique
from typing import Final, assert_never

_MAX_EXPONENT: Final = 6


@unique
class State(Enum):
    DOWN = auto()  # none runs; the next is started at `deadline`
    STARTING = auto()  # started, has not said it is ready; killed at `deadline`
    UP = auto()
    DRAINING = auto()  # told to stop, finishes what it has; killed at `deadline`
    ENDED = auto()  # stopped for good


@unique
class Effect(Enum):
    SPAWN = auto()
    KILL = auto()
    DRAIN = auto()
    GIVE_UP = auto()  # it will not start; a person or systemd must act


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds, but for `boot_failures`."""

    start_within: float = 30.0
    drain_within: float = 20.0
    first_pause: float = 0.25
    healthy_after: float = 60.0
    boot_failures: int = 8


@dataclass(frozen=True, slots=True)
class Life:
    state: State = State.DOWN
    deadline: float = 0.0
    generation: int = 0
    up_at: float = 0.0
    useful: bool = False  # it has answered something
    failures: int = 0  # deaths in a row that no work explains
    stopping: bool = False


@unique
class Event(Enum):
    TICK = auto()
    READY = auto()
    ANSWERED = auto()
    EXITED = auto()
    REPLACE = auto()  # planned: finish what it has, then start the next
    STOP = auto()


Step = tuple[Life, tuple[Effect, ...]]


def step(life: Life, event: Event, now: float, policy: Policy) -> Step:
    """The next state and what must be done for it."""
    match event:
        case Event.TICK:
            return _on_tick(life, now, policy)
        case Event.READY if life.state is State.STARTING:
            return replace(life, state=State.UP, up_at=now, useful=False), ()
        case Event.ANSWERED if life.state in (State.UP, State.DRAINING):
            return replace(life, useful=True), ()
        case Event.EXITED:
            return _on_exit(life, now, policy)
        case Event.REPLACE if life.state is State.UP:
            return replace(life, state=State.DRAINING, deadline=now + policy.drain_within), (Effect.DRAIN,)
        case Event.STOP:
            return _on_stop(life, now, policy)
        case Event.READY | Event.ANSWERED | Event.REPLACE:
            return life, ()
        case _:
            assert_never(event)


def _on_tick(life: Life, now: float, policy: Policy) -> Step:
    match life.state:
        case State.DOWN if now >= life.deadline:
            started = replace(
                life, state=State.STARTING, deadline=now + policy.start_within, generation=life.generation + 1
            )
            return started, (Effect.SPAWN,)
        case State.STARTING | State.DRAINING if now >= life.deadline:
            return replace(life, deadline=now + policy.drain_within), (Effect.KILL,)
        case State.UP if life.failures and now >= life.up_at + policy.healthy_after:
            return replace(life, failures=0), ()
        case State.DOWN | State.STARTING | State.UP | State.DRAINING | State.ENDED:
            return life, ()
        case _:
            assert_never(life.state)


def _on_exit(life: Life, now: float, policy: Policy) -> Step:
    if life.stopping:
        return replace(life, state=State.ENDED), ()
    down = replace(life, state=State.DOWN, deadline=now)
    if life.state is State.DRAINING or (life.state is State.UP and life.useful):
        return down, ()
    failures = life.failures + 1
    if failures >= policy.boot_failures:
        return replace(down, state=State.ENDED, failures=failures), (Effect.GIVE_UP,)
    pause = policy.first_pause * 2 ** min(failures - 1, _MAX_EXPONENT)
    return replace(down, deadline=now + pause, failures=failures), ()


def _on_stop(life: Life, now: float, policy: Policy) -> Step:
    match life.state:
        case State.DOWN | State.ENDED:
            return replace(life, state=State.ENDED, stopping=True), ()
        case State.UP:
            stopped = replace(life, state=State.DRAINING, stopping=True, deadline=now + policy.drain_within)
            return stopped, (Effect.DRAIN,)
        case State.STARTING:
            return replace(life, stopping=True, deadline=now + policy.drain_within), (Effect.KILL,)
        case State.DRAINING:
            return replace(life, stopping=True), ()
        case _:
            assert_never(life.state)
