"""What no message tells: a worker that left its wire, fills our memory, or stands still; a resolver's file replaced."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from supervisor.channel import Channel
from supervisor.service.hand import Hand

_EVERY_S: Final = 1.0
_RESOLVER_EVERY_S: Final = 5.0
_DEATH_IS_SEEN_WITHIN_S: Final = 2.0  # of a wire that is cut: a process closes its sockets before it can be reaped
_MOST_GROWTH_BYTES: Final = 256 << 20
_STILL_S: Final = 10.0  # a worker beats in its page each second, if it gets any time at all
_RESOLVER: Final = tuple(
    Path("/etc", name) for name in ("resolv.conf", "hosts", "nsswitch.conf", "host.conf", "gai.conf")
)


class Watch:
    """Looked through at every tick of the worker's; each look costs microseconds."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._departures = 0
        self._look_at: float | None = None
        self._memory_at = 0.0
        self._memory = 0
        self._generations: list[int] = []

    def due_at(self) -> float | None:
        """When a wire that was cut must be looked after."""
        return self._look_at

    def look(self, hands: Sequence[Hand], busy: Hand | None, now: float) -> None:
        """Kill who has broken the contract without a word, and who is not `busy` and stands still.

        It was stopped, perhaps, while it had no work: what it would get next would wait for a deadline.
        """
        if self._channel.departures != self._departures:
            self._departures = self._channel.departures
            self._look_at = now + _DEATH_IS_SEEN_WITHIN_S
        if self._look_at is not None and now >= self._look_at:
            self._look_at = None
            for hand in hands:
                due = hand.condemned or hand.told_to_stop
                if hand.greeted and not due and not self._channel.reaches(hand.child.identity):
                    hand.protest("it has left its wire, or was cut off for what it sent")
        if now >= self._memory_at:
            self._memory_at = now + _EVERY_S
            self._weigh(hands)
        for hand in hands:
            if hand is not busy:
                _end_if_still(hand, now)

    def _weigh(self, hands: Sequence[Hand]) -> None:
        """Parts of a message without end pile up in ZeroMQ, which shows us whole messages alone."""
        generations = [hand.child.generation for hand in hands]
        weight = _resident_bytes()
        if generations != self._generations or weight < self._memory:
            self._generations, self._memory = generations, weight
        elif weight > self._memory + _MOST_GROWTH_BYTES:
            self._memory = weight
            for hand in hands:
                hand.protest("our memory grows while it is connected")


def _end_if_still(hand: Hand, now: float) -> None:
    """At the second look: at the first one we may have stood still ourselves, together with it."""
    if not 0.0 < hand.child.page.beaten_at() < now - _STILL_S:
        hand.still_since = None
    elif hand.still_since is None:
        hand.still_since = now
    elif now >= hand.still_since + _EVERY_S and not hand.stands_still:
        hand.stands_still = True
        hand.child.kill()


def _resident_bytes() -> int:
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGESIZE")
    return 0


class Resolver:
    """The files that looking up a name reads. A worker's Landlock rules are bound to those that it found.

    The kernel keeps their inodes as long as a worker is under such rules: no new file gets one of their numbers.
    """

    def __init__(self, files: Iterable[Path] = _RESOLVER) -> None:
        self._found = {path: _identity(path) for path in files}
        self._look_at = 0.0

    def replaced(self, now: float) -> str:
        """The name of a file that is another one than at the last look; one that is missing is waited for."""
        if now < self._look_at:
            return ""
        self._look_at = now + _RESOLVER_EVERY_S
        changed = ""
        for path, before in self._found.items():
            if (found := _identity(path)) not in (None, before):
                self._found[path] = found
                changed = path.name
        return changed


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
