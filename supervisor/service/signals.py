"""Signals as a descriptor that wakes the loop, and a set of those that came."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Final, Self


class Signals:
    """Takes SIGTERM, SIGINT and SIGHUP over while it is entered."""

    _TAKEN: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    _ENDING: Final = (signal.SIGTERM, signal.SIGINT)

    def __init__(self) -> None:
        self.came: set[int] = set()
        self.fd, self._write_fd = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._before: dict[int, Any] = {}
        self._interrupting = False

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._note) for number in self._TAKEN}
        return self

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """For a body that does not look for signals: SIGTERM or SIGINT raises `KeyboardInterrupt` in it, once.

        The driver of the database then cancels the statement it waits for.
        """
        self._interrupting = True
        try:
            if not self.came.isdisjoint(self._ENDING):
                raise KeyboardInterrupt
            yield
        finally:
            self._interrupting = False

    def _note(self, number: int, _: FrameType | None) -> None:
        self.came.add(number)
        if self._interrupting and number in self._ENDING:
            self._interrupting = False  # what comes while the body clears away is only noted
            raise KeyboardInterrupt

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
