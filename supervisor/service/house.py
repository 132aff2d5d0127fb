"""Housekeeping in the feeder's thread: leases held are renewed, the table of checks follows the credentials."""

import logging
from collections.abc import Callable
from typing import Final

from supervisor.config.settings import Settings
from supervisor.errors import Refused
from supervisor.schedule import Claim
from supervisor.service.clerk import Clerk
from supervisor.service.database import Database
from supervisor.service.source import Source, free_the_dead
from supervisor.store import Change, Store
from supervisor.telemetry import event

_EVERY_S: Final = 30.0
_LEASE_MARGIN_S: Final = 10.0


class House:
    """`tidy` False (a `check`) forgets nothing and prunes nothing."""

    def __init__(
        self, settings: Settings, database: Database, feeder: Clerk, source: Source, now: float, *, tidy: bool
    ) -> None:
        self.settings = settings
        self._database = database
        self._feeder = feeder
        self._source = source
        self._tidy = tidy
        self.apis: dict[str, int] = {}  # that there is a check of → tenants, at the last look
        self.totals: tuple[int, int] | None = None  # snapshots, unhealthy ones; of the last look
        self._clean_at = now
        self._renew_at = now + self.lease_s / 3
        self._renewing = self._cleaning = False  # asked of the feeder, not done yet: nothing piles up in an outage

    @property
    def lease_s(self) -> float:
        """Seconds a lease lasts unless it is renewed."""
        return self.settings.worker.check_deadline + _LEASE_MARGIN_S

    @property
    def due_at(self) -> float:
        return min(self._clean_at, self._renew_at)

    def keep(self, now: float, held: Callable[[], list[Claim]]) -> None:
        """Do what is due; the first time before anything is claimed."""
        if now >= self._renew_at:
            self._renew_at = now + self.lease_s / 3
            claims, lease = held(), self.lease_s
            if claims and not self._renewing:
                self._renewing = True
                self._feeder.submit(lambda: self._database.store.renew(claims, lease), self._renewed)
        if now >= self._clean_at:
            self._clean_at = now + _EVERY_S
            if not self._cleaning:
                self._cleaning = True
                self._clean()

    def _renewed(self, _: list[int]) -> None:
        self._renewing = False

    def clean_at_once(self, now: float) -> None:
        """After a reload: other checks may be wanted now."""
        self._clean_at = now

    def _clean(self) -> None:
        policy, days, tidy = self._source.policy, self.settings.history.keep_days, self._tidy

        def clean(store: Store) -> list[Change]:
            try:
                free_the_dead(store)
                store.sync(policy)
                self.apis = store.monitored_apis(policy.apis)
                if not tidy:
                    return []
                store.prune(days, policy.apis)
                store.prune_budgets()
                store.prune_incidents(days)
                self.totals = store.totals()
                return store.remove_orphans(policy)
            except Refused as refused:
                event("database.refused", logging.ERROR, cause=refused.cause)
                return []

        self._feeder.submit(lambda: clean(self._database.store), self._cleaned)

    def _cleaned(self, changes: list[Change]) -> None:
        self._cleaning = False
        for gone in changes:
            event(
                "status.changed",
                user_id=gone.user_id,
                api=gone.api,
                environment=gone.environment,
                previous=gone.previous,
                current="unknown",
                reason="credential removed",
            )
