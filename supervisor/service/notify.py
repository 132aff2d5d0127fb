"""What the service manager hears of the loop: ready, its state in words, and signs of life while work moves."""

import time
from dataclasses import dataclass
from typing import Final

from supervisor.lifecycle import State
from supervisor.service.loop import Loop
from supervisor.telemetry import Manager

_LOOK_EVERY_S: Final = 1.0
_PATIENCE_S: Final = 90.0  # beyond a check's deadline: statements and connections have their own, shorter limits
_WORDS_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Facts:
    """What a status line is made of; `checks` and `unhealthy` None: not counted yet; `generation` None: no worker."""

    checks: int | None
    unhealthy: int | None
    trouble: str | None
    generation: int | None
    up_for: float
    window: int


def words(facts: Facts) -> str:
    """The line that `systemctl status` shows."""
    parts = []
    if facts.checks is not None:
        parts.append(f"{facts.checks} checks, {facts.unhealthy or 0} unhealthy")
    parts.append(f"database away ({facts.trouble[:_WORDS_MOST]})" if facts.trouble else "database ok")
    if facts.generation is None:
        parts.append("no worker")
    else:
        parts.append(f"worker {facts.generation} up {span(facts.up_for)}")
    parts.append(f"window {facts.window}")
    return "; ".join(parts)


def span(seconds: float) -> str:
    """A length of time in its largest whole unit: 3d, 7h, 12m, 5s."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(0, int(seconds))}s"


@dataclass(slots=True)
class Progress:
    """Whether the work moves: anything that changes in it, or that there is none, starts the patience anew."""

    moved_at: float
    seen: object = None

    def rest(self, now: float) -> None:
        """Nothing is to be done, or it is not for us to do it."""
        self.moved_at, self.seen = now, None

    def look(self, sight: object, now: float) -> None:
        """Work is at hand, and this is how it looks."""
        if sight != self.seen:
            self.moved_at, self.seen = now, sight

    def stuck(self, now: float, patience: float) -> bool:
        return now - self.moved_at > patience


class Notices:
    """Spoken by the loop's own thread only, so that a loop that hangs falls silent."""

    def __init__(self, manager: Manager, loop: Loop) -> None:
        self._manager = manager
        self._loop = loop
        self._progress = Progress(loop.clock.monotonic())
        self._ready = False
        self._said = ""
        self._look_at = 0.0
        self._alive_at = 0.0

    def turn(self) -> None:
        """After each turn of the loop."""
        now = self._loop.clock.monotonic()
        if self._loop.quiet or self._loop.trouble:
            self._progress.rest(now)
        if not self._ready and self._loop.worker.life.state is State.UP:
            self._ready = True
            self._manager.tell(READY=1, STATUS=self._words(now))
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY_S
            self._look(now)

    def stopping(self) -> None:
        self._manager.tell(STOPPING=1, STATUS="finishing what is in flight")

    def reloading(self) -> None:
        self._tell_when_ready(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)

    def reloaded(self) -> None:
        """The reload has ended, well or not."""
        self._tell_when_ready(READY=1)

    def _tell_when_ready(self, **said: int) -> None:
        if self._ready:
            self._manager.tell(**said)

    def _look(self, now: float) -> None:
        loop = self._loop
        if not loop.quiet and not loop.trouble:
            in_hand = frozenset(loop.desk.in_flight.handed_out())
            hands = (loop.worker.cradle.generation, loop.worker.life, loop.desk.waiting, in_hand)
            self._progress.look((*hands, loop.outcomes.tally.checks, len(loop.outcomes.claims())), now)
        if (said := self._words(now)) != self._said and self._ready and not loop.stopping:
            self._said = said
            self._manager.tell(STATUS=said)
        silence, limits = self._manager.watchdog_s, loop.settings
        patience = limits.worker.check_deadline + limits.schedule.user_pause + _PATIENCE_S
        if silence is not None and now - self._alive_at >= silence / 4 and not self._progress.stuck(now, patience):
            self._alive_at = now
            self._manager.tell(WATCHDOG=1)

    def _words(self, now: float) -> str:
        loop = self._loop
        hand = loop.worker.active
        checks, unhealthy = loop.totals or (None, None)
        return words(
            Facts(
                checks=checks,
                unhealthy=unhealthy,
                trouble=loop.trouble,
                generation=hand.child.generation if hand and hand.ready else None,
                up_for=now - hand.spawned_at if hand else 0.0,
                window=loop.window,
            )
        )
