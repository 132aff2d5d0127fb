"""The active worker as the loop sees it: started, fed, timed, buried. Joins lifecycle, launcher, channel and desk.

What comes from it is checked against what it was given: a message in the wrong state, of another generation, or
about a check it does not have kills it (judgement "protocol") and counts against nobody.
"""

import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from supervisor import lifecycle
from supervisor.blame import Death, Work
from supervisor.channel import Channel, Received
from supervisor.errors import BadConfig, Fatal
from supervisor.launcher import CLOSED, Child, Ending, Launcher
from supervisor.lifecycle import Effect, Event, Life, Policy, State
from supervisor.schedule import Claim
from supervisor.service import death
from supervisor.service.desk import Desk
from supervisor.telemetry import event
from workers import wire
from workers.wire import Reason

_NO_KEY: Final = 78
_MAX_JOB_BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class Orders:
    """What the worker is told at its start; changed only by replacing the worker."""

    window: int
    setup: Callable[[int], wire.Setup]


class Reports:
    """What the worker's life means to the rest of the loop; `service` gives the callbacks."""

    def __init__(
        self,
        settle: Callable[[Claim, Reason, str, int | None], None],
        died: Callable[[Death], None],
        strikes: int,
    ) -> None:
        self.settle = settle
        self.died = died
        self.strikes = strikes


class Worker:
    def __init__(self, channel: Channel, launcher: Launcher, orders: Orders, desk: Desk, reports: Reports) -> None:
        self.desk = desk
        self.orders = orders
        self.life = Life()
        self.restarts = 0
        self.child: Child | None = None
        self.confinement: tuple[str, ...] = ()
        self._channel = channel
        self._launcher = launcher
        self.reports = reports
        self._policy = Policy()
        self._spawned_at = 0.0
        self._greeted = False
        self._killed_for: Work | None = None
        self._complaint = ""
        self._retiring = ""
        self._stderr_closed = False

    # --- what the loop calls -------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Start, kill or reap what is due; keep the checks' deadlines."""
        self._step(Event.TICK, now)
        if self._killed_for is None and (late := self.desk.overdue(now)) is not None and self.child is not None:
            self._killed_for = late
            self.child.kill()

    def next_deadline(self) -> float | None:
        """When `tick` has something to do if nothing happens before."""
        own = self.life.deadline if self.life.state in (State.DOWN, State.STARTING, State.DRAINING) else None
        check = self.desk.next_deadline() if self._killed_for is None else None
        return min((at for at in (own, check) if at is not None), default=None)

    def hear(self, received: Received, now: float) -> None:
        """Take a message in; anything that is not due from this worker in this state kills it."""
        if self.child is None or received.identity != self.child.identity:
            return  # a dead generation: its leases are fenced, its words change nothing
        match received.message:
            case wire.Hello() as hello if not self._greeted:
                self._greet(hello)
            case wire.Ready(generation=generation, confinement=confinement) if (
                self._greeted and self.life.state is State.STARTING and generation == self.child.generation
            ):
                self._ready(confinement, now)
            case wire.Answers(generation=generation, answers=answers) if generation == self.child.generation:
                for answer in answers:
                    self._answer(answer, now)
            case None:
                self._protest(received.complaint)
            case unexpected:
                self._protest(f"an unexpected {type(unexpected).__name__}")

    def send(self, now: float) -> None:
        """Hand out as many waiting parcels as the window has room for."""
        if self.life.state is not State.UP or self.child is None or self._killed_for is not None:
            return
        while jobs := self.desk.take(self.orders.window, now):
            for start in range(0, len(jobs), _MAX_JOB_BATCH):
                self._channel.send(self.child.identity, wire.Jobs(tuple(jobs[start : start + _MAX_JOB_BATCH])))

    def replace(self, now: float, reason: str) -> None:
        """Planned: the next worker takes over between jobs."""
        self._retiring = reason
        self._step(Event.REPLACE, now)

    def stop(self, now: float) -> None:
        self._retiring = self._retiring or "stop"
        self._step(Event.STOP, now)

    def kill(self, number: int) -> int | None:
        """Send a signal to the active worker; its pid, or None when there is none."""
        return self.child.pid if self.child is not None and self.child.kill(number) else None

    def kill_if_there(self) -> None:
        if self.child is not None:
            self.child.kill()

    def bury_now(self) -> None:
        """At the program's end: no worker is left, whatever state it is in."""
        if self.child is not None:
            self.child.kill()
            self.child.reap(within=5.0)
            self.child.close()
            self.child = None

    @property
    def ended(self) -> bool:
        return self.life.state is State.ENDED and self.child is None

    def fds(self) -> frozenset[int]:
        """Descriptors that wake the loop: the process's end, and its stderr."""
        return frozenset((self.child.pidfd, self.child.stderr_fd)) if self.child else frozenset()

    def readable(self, fds: frozenset[int], now: float) -> None:
        """Deal with the descriptors of `fds` that can be read."""
        if self.child is not None and self.child.stderr_fd in fds:
            self._listen(self.child)
        if self.child is not None and self.child.pidfd in fds:
            self._bury(self.child, now)

    # --- its life ------------------------------------------------------------------------------------------------

    def _step(self, what: Event, now: float) -> None:
        self.life, effects = lifecycle.step(self.life, what, now, self._policy)
        for effect in effects:
            match effect:
                case Effect.SPAWN:
                    self._spawn(now)
                case Effect.KILL if self.child is not None:
                    self.child.kill()
                case Effect.DRAIN if self.child is not None:
                    self._channel.send(self.child.identity, wire.Stop())
                case Effect.GIVE_UP:
                    raise Fatal("the worker does not start", "run `healthsup doctor`; its last words are in the log")
                case _:
                    pass

    def _spawn(self, now: float) -> None:
        self.child = self._launcher.spawn(self.life.generation, self.orders.window)
        self._channel.watch(self.child.pidfd)
        self._channel.watch(self.child.stderr_fd)
        self._spawned_at = now
        self._greeted = False
        self._killed_for = None
        self._complaint = ""
        self._stderr_closed = False

    def _greet(self, hello: wire.Hello) -> None:
        assert self.child is not None
        if (hello.version, hello.generation, hello.pid) != (
            wire.VERSION,
            self.child.generation,
            self.child.pid,
        ):
            self._protest("a hello of another version, generation or process")
            return
        self._greeted = True
        self._channel.send(self.child.identity, self.orders.setup(self.child.generation))

    def _ready(self, confinement: tuple[str, ...], now: float) -> None:
        assert self.child is not None
        self.confinement = confinement
        self._step(Event.READY, now)
        cold = round((now - self._spawned_at) * 1000)
        event("worker.ready", generation=self.child.generation, pid=self.child.pid, cold_start_ms=cold)

    def _answer(self, answer: wire.Answer, now: float) -> None:
        claim = self.desk.answered(answer, now)
        if claim is None:
            self._protest("an answer to a check it was not given, or a second one")
            return
        if not self.life.useful:
            self._step(Event.ANSWERED, now)
        self.reports.settle(claim, answer.reason, answer.message, answer.latency_ms)

    def _protest(self, complaint: str) -> None:
        if self.child is not None and not self._complaint:
            self._complaint = complaint
            self.child.kill()

    def _listen(self, child: Child) -> None:
        text = child.read_stderr()
        if text == CLOSED:
            self._channel.forget(child.stderr_fd)
            self._stderr_closed = True
            return
        for line in text.splitlines()[:20]:
            if line.strip():
                event("worker.stderr", logging.WARNING, generation=child.generation, line=line)

    # --- its death -----------------------------------------------------------------------------------------------

    def _bury(self, child: Child, now: float) -> None:
        for received in self._channel.receive():  # what it managed to send still counts
            self.hear(received, now)
        ending = child.reap(within=1.0)
        if ending is None:
            return
        self._listen_last(child)
        if death.settle_from_page(child.page, self.desk, self.reports.settle, now):
            self._step(Event.ANSWERED, now)
        case = death.Case(
            child, ending, self.life.state, now - self._spawned_at, self._killed_for, protocol=bool(self._complaint)
        )
        judged = death.judge(case, self.desk)
        if self.life.state is State.DRAINING and ending == Ending(None, 0):
            event("worker.retired", generation=child.generation, pid=child.pid, reason=self._retiring)
            self._retiring = ""
        else:
            self.reports.died(death.certify(case, judged, self.desk, self._complaint))
        self._channel.forget(child.pidfd)
        child.close()
        self.child = None
        self.restarts += 1
        death.share_out(judged, self.desk, self.reports.settle, self.reports.strikes)
        if ending.exit_code == _NO_KEY:
            raise BadConfig(child.last_words or "the worker found no usable key")
        self._step(Event.EXITED, now)

    def _listen_last(self, child: Child) -> None:
        if not self._stderr_closed:
            self._listen(child)
        if not self._stderr_closed:
            self._channel.forget(child.stderr_fd)


def signal_number(name: str) -> int | None:
    """The number of a signal's name, with or without SIG; None for no such signal."""
    full = name.upper() if name.upper().startswith("SIG") else f"SIG{name.upper()}"
    return int(signal.Signals[full]) if full in signal.Signals.__members__ else None
