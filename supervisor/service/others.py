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
        """Claims of the source, with what was spent.

        Everything that is stored is read before the first claim, of which nothing is taken while that fails. Then what
        is new, at most once a second: what another spends of a budget may be known here so much later.
        """
        since = self._read_at
        if since is None:
            now = time.monotonic()
            spent = store.budgets(None)
            taken = source.take(store, limit, lease_s)
            self._read_at = now
            return replace(taken, spent=spent)
        taken = source.take(store, limit, lease_s)
        return replace(taken, spent=self._news(store, since)) if taken.claims else taken

    def _news(self, store: Store, since: float) -> list[Spent]:
        """What was drawn on since the last look; nothing when that was just now."""
        now = time.monotonic()
        if now - since < _EVERY_S:
            return []
        try:
            spent = store.budgets(now - since + _OVERLAP_S)
        except HealthsupError:  # the next time: what was claimed must not be claimed again
            return []
        self._read_at = now
        return spent
