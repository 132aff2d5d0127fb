"""What other supervisors have spent of the request budgets, read now and then. Called in the feeder's thread."""

import time
from dataclasses import replace
from typing import Final

from supervisor.errors import HealthsupError
from supervisor.service.source import Source, Taken
from supervisor.store import Store
from workers.wire import Spent

_EVERY_S: Final = 1.0
_OVERLAP_S: Final = 10.0  # what was asked is stored a moment later, by a clock of its own


class SpentByOthers:
    def __init__(self) -> None:
        self._read_at: float | None = None

    def take(self, source: Source, store: Store, limit: int, lease_s: float) -> Taken:
        """Claims of the source, then what was spent: who had them before has stored that before giving them back."""
        taken = source.take(store, limit, lease_s)
        if not taken.claims:
            return taken
        try:
            return replace(taken, spent=self._look(store))
        except HealthsupError:  # the next time: what was claimed must not be claimed again
            return taken

    def _look(self, store: Store) -> list[Spent]:
        """At first everything that is stored, then what was drawn on since; nothing when it was read just now."""
        now, before = time.monotonic(), self._read_at
        if before is not None and now - before < _EVERY_S:
            return []
        spent = store.budgets(None if before is None else now - before + _OVERLAP_S)
        self._read_at = now
        return spent
