"""The lives of the active worker and its hot spare, as a pure machine: events in, effects out.

Exactly one worker is active; a spare that is ready takes its place at once. A worker that dies while it starts, or
before it was of use, is followed only after a growing pause (the exponent is clamped, and forgotten after a minute of
health, or when one was of use); one that dies at work is followed at once, by a ready spare even before
it is quite dead. Times are monotonic seconds.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto, unique
from typing import Final, assert_never

_MAX_EXPONENT: Final = 6


@unique
class State(Enum):
    """Of the active worker."""

    DOWN = auto()  # none runs; the next is started at `deadline`
    STARTING = auto()  # started, has not said it is ready; killed at `deadline`
    UP = auto()
    DRAINING = auto()  # told to stop, finishes what it has; killed at `deadline`
    ENDED = auto()  # stopped for good


@unique
class Spare(Enum):
    NONE = auto()  # the next is started at `spare_at`
    STARTING = auto()  # killed at `spare_at`
    READY = auto()


@unique
class Effect(Enum):
    SPAWN = auto()
    KILL = auto()
    DRAIN = auto()
    GIVE_UP = auto()  # it will not start; a person or systemd must act
    SPAWN_SPARE = auto()
    PROMOTE = auto()  # the spare is the active worker now
    KILL_SPARE = auto()


@unique
class Event(Enum):
    TICK = auto()
    READY = auto()
    USED = auto()  # the worker has answered something, or died of work: it did start
    FALLING = auto()  # it is about to be dead; where the spare takes over at once, its end is no event any more
    EXITED = auto()
    SPARE_READY = auto()
    SPARE_EXITED = auto()
    RECYCLE = auto()  # planned: finish what it has, then the spare takes over
    REFRESH = auto()  # planned, with new settings: the spare is outdated too
    STOP = auto()


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds, but for `boot_failures` and `spare`."""

    start_within: float = 30.0
    drain_within: float = 20.0
    first_pause: float = 0.25
    healthy_after: float = 60.0
    boot_failures: int = 8
    spare: bool = True
    spare_after: float = 0.05  # of a takeover: the next spare's start would take the CPU from the work that waits


@dataclass(frozen=True, slots=True)
class Life:
    state: State = State.DOWN
    deadline: float = 0.0
    up_at: float = 0.0
    useful: bool = False
    failures: int = 0  # deaths in a row that no work explains
    stopping: bool = False
    outdated: bool = False  # has settings of before a refresh
    spare: Spare = Spare.NONE
    spare_at: float = 0.0
    spare_failures: int = 0


Step = tuple[Life, tuple[Effect, ...]]


def step(life: Life, event: Event, now: float, policy: Policy) -> Step:
    """The next state and what must be done for it."""
    match event:
        case Event.TICK:
            return _on_tick(life, now, policy)
        case Event.READY:
            return _on_ready(life, now, policy)
        case Event.USED:
            return replace(life, useful=True), ()
        case Event.FALLING | Event.EXITED:
            return _on_falling(life, now, policy) if event is Event.FALLING else _on_exit(life, now, policy)
        case Event.SPARE_READY | Event.SPARE_EXITED:
            return _on_spare(life, event, now, policy)
        case Event.RECYCLE:
            return _drain(life, now, policy) if life.state is State.UP else (life, ())
        case Event.REFRESH:
            return _on_refresh(life, now, policy)
        case Event.STOP:
            return _on_stop(life, now, policy)
        case _:
            assert_never(event)


def _on_tick(life: Life, now: float, policy: Policy) -> Step:
    match life.state:
        case State.DOWN if now >= life.deadline:
            return _follow(life, now, policy)
        case State.STARTING | State.DRAINING if now >= life.deadline:
            return replace(life, deadline=now + policy.drain_within), (Effect.KILL,)
        case State.UP if (life.failures or life.spare_failures) and now >= life.up_at + policy.healthy_after:
            return replace(life, failures=0, spare_failures=0), ()
        case State.UP if policy.spare and now >= life.spare_at and life.spare is Spare.NONE:
            return replace(life, spare=Spare.STARTING, spare_at=now + policy.start_within), (Effect.SPAWN_SPARE,)
        case State.UP if life.spare is Spare.STARTING and now >= life.spare_at:
            return replace(life, spare_at=now + policy.start_within), (Effect.KILL_SPARE,)
        case State.DOWN | State.STARTING | State.UP | State.DRAINING | State.ENDED:
            return life, ()
        case _:
            assert_never(life.state)


def _follow(life: Life, now: float, policy: Policy) -> Step:
    """The next active worker: the spare if there is one, as far as it has come."""
    then = now + policy.spare_after
    match life.spare:
        case Spare.READY:
            up = replace(life, state=State.UP, up_at=now, useful=False, spare=Spare.NONE, spare_at=then)
            return replace(up, spare_failures=0), (Effect.PROMOTE,)
        case Spare.STARTING:
            starting = replace(life, state=State.STARTING, deadline=life.spare_at, spare=Spare.NONE, spare_at=then)
            return starting, (Effect.PROMOTE,)
        case Spare.NONE:
            return replace(life, state=State.STARTING, deadline=now + policy.start_within), (Effect.SPAWN,)
        case _:
            assert_never(life.spare)


def _on_ready(life: Life, now: float, policy: Policy) -> Step:
    if life.state is not State.STARTING:
        return life, ()
    up = replace(life, state=State.UP, up_at=now, useful=False, spare_at=now)
    if life.outdated:
        return _drain(replace(up, outdated=False), now, policy)
    return up, ()


def _on_falling(life: Life, now: float, policy: Policy) -> Step:
    if life.state is State.UP and life.useful and life.spare is Spare.READY:
        return _follow(replace(life, failures=0), now, policy)
    return life, ()


def _on_exit(life: Life, now: float, policy: Policy) -> Step:
    if life.stopping:
        return replace(life, state=State.ENDED), ()
    down = replace(life, state=State.DOWN, deadline=now, outdated=False)
    if life.state is State.DRAINING or (life.state is State.UP and life.useful):
        return _follow(replace(down, failures=0), now, policy)
    failures = life.failures + 1
    if life.state is State.STARTING and failures >= policy.boot_failures:
        return replace(down, state=State.ENDED, failures=failures), (Effect.GIVE_UP,)
    return replace(down, deadline=now + _pause(failures, policy), failures=failures), ()


def _on_spare(life: Life, event: Event, now: float, policy: Policy) -> Step:
    if event is Event.SPARE_READY:
        return (replace(life, spare=Spare.READY), ()) if life.spare is Spare.STARTING else (life, ())
    failures = life.spare_failures + 1
    pause = _pause(failures, policy)
    return replace(life, spare=Spare.NONE, spare_at=now + pause, spare_failures=failures), ()


def _on_refresh(life: Life, now: float, policy: Policy) -> Step:
    match life.state:
        case State.UP:
            drained, effects = _drain(life, now, policy)
        case State.STARTING:
            drained, effects = replace(life, outdated=True), ()
        case State.DOWN | State.DRAINING | State.ENDED:
            drained, effects = life, ()
        case _:
            assert_never(life.state)
    if life.spare is Spare.NONE:
        return drained, effects
    return replace(drained, spare=Spare.NONE, spare_at=now), (*effects, Effect.KILL_SPARE)


def _on_stop(life: Life, now: float, policy: Policy) -> Step:
    spare = () if life.spare is Spare.NONE else (Effect.KILL_SPARE,)
    stopping = replace(life, stopping=True, spare=Spare.NONE)
    match life.state:
        case State.DOWN | State.ENDED:
            return replace(stopping, state=State.ENDED), spare
        case State.UP:
            drained, effects = _drain(stopping, now, policy)
            return drained, (*effects, *spare)
        case State.STARTING if not life.stopping:
            return replace(stopping, deadline=now + policy.drain_within), (Effect.KILL, *spare)
        case State.STARTING | State.DRAINING:
            return stopping, spare
        case _:
            assert_never(life.state)


def _drain(life: Life, now: float, policy: Policy) -> Step:
    return replace(life, state=State.DRAINING, deadline=now + policy.drain_within), (Effect.DRAIN,)


def _pause(failures: int, policy: Policy) -> float:
    return policy.first_pause * float(2 ** min(failures - 1, _MAX_EXPONENT))
