"""Processes that the kernel killed for want of memory, as the counter of our own cgroup tells.

Version 2 keeps it in `memory.events`, version 1 in `memory.oom_control`; both have a line `oom_kill N`, counted up
before the victim gets its SIGKILL. A worker is in its supervisor's cgroup, and so, perhaps, are others: a kill that was
counted explains one death, and no death of a process that started later.
"""

import re
from pathlib import Path
from typing import Final

_COUNT: Final = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_MEMBERSHIP: Final = re.compile(r"^\d+:(?P<controllers>[^:]*):/?(?P<path>.*)$", re.MULTILINE)
_MOST_CHARS: Final = 4096


class OomKills:
    """`counter` is None where the kernel tells nothing: then no death is explained."""

    def __init__(self, counter: Path | None) -> None:
        self._counter = counter
        self._told = 0  # up to here every kill has explained a death, or was not ours to explain

    def count(self) -> int:
        """How many there were since the cgroup was made."""
        if self._counter is None:
            return 0
        try:
            with self._counter.open(encoding="ascii") as file:
                found = _COUNT.search(file.read(_MOST_CHARS))
        except (OSError, ValueError):
            return 0
        return int(found[1]) if found else 0

    def explains(self, since: int) -> bool:
        """Whether there was one more since that count; it is used up by the answer."""
        first = max(since, self._told)
        if self.count() <= first:
            return False
        self._told = first + 1
        return True


def own_counter(membership: Path = Path("/proc/self/cgroup"), mounted: Path = Path("/sys/fs/cgroup")) -> Path | None:
    """The file in which the kernel counts for this process's cgroup; None where there is none.

    A container may see its own cgroup at the root of the mount, under whatever path it has outside.
    """
    try:
        told = membership.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    for found in _MEMBERSHIP.finditer(told):
        if not found["controllers"]:
            root, name = mounted, "memory.events"
        elif "memory" in found["controllers"].split(","):
            root, name = mounted / "memory", "memory.oom_control"
        else:
            continue
        for counter in (root / found["path"] / name, root / name):
            if counter.is_file():
                return counter
    return None
