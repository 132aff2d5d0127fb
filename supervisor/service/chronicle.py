"""Incidents on their way into the database and out of it; each is told by the supervisor that wrote it down."""

import logging
from dataclasses import replace
from typing import Final

from supervisor.clock import Clock
from supervisor.config.settings import Settings
from supervisor.incidents import Book, Change, Incident, Kind, Policy
from supervisor.service.clerk import Clerk
from supervisor.service.database import Database
from supervisor.store import IncidentRow
from supervisor.telemetry import event

_LOOK_EVERY_S: Final = 30.0
_KINDS: Final = frozenset(kind.value for kind in Kind)


def policy_of(settings: Settings) -> Policy:
    """A window that holds two intervals, whatever is configured."""
    policy = Policy()
    longest = max([settings.schedule.interval, *(own.interval or 0.0 for own in settings.providers.values())])
    return replace(policy, window=max(policy.window, 2 * longest))


class Chronicle:
    """Used by the loop's thread; the recorder makes the calls. `keep` False (a dry run) writes and tells nothing."""

    def __init__(self, book: Book, database: Database, recorder: Clerk, clock: Clock, *, keep: bool) -> None:
        self._book = book
        self._database = database
        self._recorder = recorder
        self._clock = clock
        self._keep = keep
        self._look_at = 0.0
        self._looking = False
        self._changes = 0
        self._counted: dict[tuple[str | None, Kind], int] = {}
        self._rows: dict[tuple[str | None, Kind], IncidentRow] = {}  # as they were last seen

    def turn(self, now: float) -> None:
        """Now and then: take over what others have opened, write down how many are touched."""
        if now < self._look_at or self._looking:
            return
        self._look_at, self._looking = now + _LOOK_EVERY_S, True
        changes = self._changes

        def look() -> list[IncidentRow]:
            return self._database.store.open_incidents()

        self._recorder.submit(look, lambda rows: self._seen(rows, current=self._changes == changes))
        if self._keep:
            for (api, kind), incident in self._book.open.items():
                self._count(api, kind, incident.users)

    def tell(self, change: Change) -> None:
        """Write a change down, and say so when it is written."""
        self._changes += 1
        self._forget(change.incident.api, change.incident.kind)
        if not self._keep:
            return
        incident, at = change.incident, self._clock.now()
        api, kind, users = incident.api, incident.kind, incident.users
        if change.opened:
            self._counted[api, kind] = users

        def write() -> int | None:
            store = self._database.store
            if change.opened:
                return users if store.open_incident(api, kind, at, users) else None
            return store.close_incident(api, kind, at, users)

        def say(written: int | None) -> None:
            if written is None:
                return
            if change.opened:
                event("incident.opened", logging.WARNING, api=api, kind=kind, users=written)
            else:
                event("incident.closed", api=api, kind=kind, users=written)

        self._recorder.submit(write, say)

    def _count(self, api: str | None, kind: Kind, users: int) -> None:
        if self._counted.get((api, kind)) != users:
            self._counted[api, kind] = users
            self._recorder.submit(lambda: self._database.store.count_incident(api, kind, users))

    def _seen(self, rows: list[IncidentRow], *, current: bool) -> None:
        """Take over what is open, and that something is not any more; not `current` when it changed meanwhile."""
        self._looking = False
        if not current:
            return
        seen = {(row.api, Kind(row.kind)): row for row in rows if row.kind in _KINDS}
        for (api, kind), row in seen.items():
            reopened = self._rows.get((api, kind), row).opened_at != row.opened_at
            if reopened and (api, kind) in self._book.open:
                self._book.drop(api, kind)
            if (api, kind) not in self._book.open:
                self._forget(api, kind)
                self._book.adopt(Incident(api, kind, self._clock.monotonic(), known=row.users))
            self._rows[api, kind] = row
        for api, kind in self._book.open.keys() - seen.keys() if self._keep else ():
            self._count(api, kind, self._book.drop(api, kind).users)  # somebody else has closed it
            self._forget(api, kind)

    def _forget(self, api: str | None, kind: Kind) -> None:
        """The next of that name is another incident."""
        self._counted.pop((api, kind), None)
        self._rows.pop((api, kind), None)
