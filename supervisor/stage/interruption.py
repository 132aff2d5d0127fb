"""How a signal ends a program around the whole system: by unwinding the stack, once, and never before a clean-up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Final, Self

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Use it in a `with`, in the main thread, around everything that must be cleared away.

    The first signal raises `KeyboardInterrupt` or `SystemExit`; what comes while we clear away is not heeded.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._holders = 0
        self._came: int | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Put a signal off until the body is done: a process is then known to who will stop it."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
        if self._came is not None:
            self._unwind(self._came)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self._holders:
            self._came = number
        else:
            self._unwind(number)

    def _unwind(self, number: int) -> None:
        if self._holders:
            return
        for other in _ENDING:
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._take) for number in _ENDING}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
