"""The time, as a parameter: monotonic seconds inside, UTC only in rows and logs."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where a room reads the time, so that a test can move it by hand."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""


class SystemClock:
    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)
