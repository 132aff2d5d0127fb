"""Incidents as they are kept: a restart neither opens them anew nor forgets them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from supervisor.store.connect import Database

_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """`api` None: a host's own egress. `closed_at` None: it is open."""

    api: str | None
    kind: str
    opened_at: datetime
    closed_at: datetime | None
    users: int


class Incidents(Database):
    """Statements of the recorder, but for `incidents`. An incident without an api is this host's."""

    def open_incident(self, api: str | None, kind: str, at: datetime, users: int) -> bool:
        """Whether it was not open yet."""
        return bool(self.column("incident_open", {**self._named(api, kind), "at": at, "users": users}, int))

    def close_incident(self, api: str | None, kind: str, at: datetime, users: int) -> int | None:
        """How many users it has touched; None when somebody else has closed it."""
        closed = self.column("incident_close", {**self._named(api, kind), "at": at, "users": users}, int)
        return closed[0] if closed else None

    def count_incident(self, api: str | None, kind: str, users: int) -> None:
        """It has touched so many by now."""
        self.run("incident_count", {**self._named(api, kind), "users": users})

    def open_incidents(self) -> list[IncidentRow]:
        """Those that concern this host."""
        return self.rows("incidents_open", {"host": self.host}, IncidentRow)

    def incidents(self) -> list[IncidentRow]:
        """Open ones first, then the newest; a thousand at most."""
        return self.rows("incidents", {"limit": _MOST}, IncidentRow)

    def prune_incidents(self, keep_days: int) -> int:
        """Delete what is over for so many days, and close what a host has left open that is gone."""
        return self.run("prune_incidents", {"keep_days": keep_days, "host": self.host})

    def monitored_apis(self, apis: Sequence[str]) -> dict[str, int]:
        """Those of the apis that somebody has a credential for, with the number of tenants whose checks they are."""
        return dict(self.rows("monitored_apis", {"apis": list(apis)}, _counted))

    def _named(self, api: str | None, kind: str) -> dict[str, object]:
        return {"api": api, "kind": kind, "host": self.host if api is None else None}


def _counted(*, api: str, tenants: int) -> tuple[str, int]:
    return api, tenants
