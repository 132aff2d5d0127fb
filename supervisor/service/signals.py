"""Signals as a descriptor that wakes the loop, and a set of those that came."""

import os
import signal
from contextlib import suppress
from types import FrameType
from typing import Any, Final, Self


class Signals:
    """Takes SIGTERM, SIGINT and SIGHUP over while it is entered."""

    _TAKEN: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __init__(self) -> None:
        self.came: set[int] = set()
        self.fd, self._write_fd = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._note) for number in self._TAKEN}
        return self

    def _note(self, number: int, _: FrameType | None) -> None:
        self.came.add(number)

    def take(self) -> set[int]:
        """The signals since the last call."""
        if not self.came:
            return set()
        with suppress(BlockingIOError):
            os.read(self.fd, 512)
        came, self.came = self.came, set()
        return came

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        os.close(self.fd)
        os.close(self._write_fd)
