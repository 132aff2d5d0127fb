"""Processes that became our children because their own parents ended: waited for, so that no zombie is left.

All orphans of a container fall to its first process, those of our zygote to us. Whoever starts a process in this
house waits for it himself, within seconds of its end; what has been dead for longer is nobody's.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_LOOK_EVERY_S: Final = 2.0
_NOBODYS_AFTER_S: Final = 10.0


class Orphans:
    """Times are monotonic seconds."""

    def __init__(self) -> None:
        self._dead_since: dict[int, float] = {}
        self._look_at = 0.0

    def reap(self, now: float) -> None:
        """Look now and then, and wait for what nobody else has waited for."""
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY_S
        dead = {pid for pid in _children() if _is_dead(pid)}
        self._dead_since = {pid: self._dead_since.get(pid, now) for pid in dead}
        for pid, since in self._dead_since.items():
            if now - since >= _NOBODYS_AFTER_S:
                os.waitpid(pid, os.WNOHANG)


def _children() -> set[int]:
    """Our children; none where the kernel does not list them, or gives no descriptor to look."""
    found: set[int] = set()
    with suppress(OSError):
        for thread in Path("/proc/self/task").iterdir():
            with suppress(OSError):  # the thread has ended
                found.update(int(pid) for pid in (thread / "children").read_text(encoding="ascii").split())
    return found


def _is_dead(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return False
