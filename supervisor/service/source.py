"""Where work comes from: the schedule of a `run`, or the selection of a `check`. Called in the feeder's thread."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from supervisor.config.settings import Settings
from supervisor.schedule import Claim
from supervisor.service import identity
from supervisor.store import Selection, Store, Stored
from workers.catalog import KNOWN


@dataclass(frozen=True, slots=True)
class Taken:
    """Claims, and whether they are probed or only validated."""

    claims: list[Claim]
    probe: bool


class Source(Protocol):
    """`exhausted`: there will never be more."""

    exhausted: bool

    def take(self, store: Store, limit: int, lease_s: float) -> Taken: ...

    def keep_house(self, store: Store, settings: Settings) -> list[Stored]: ...


class Scheduled:
    """First everything once after a start (validated only, unless `startup_probe`), then what is due."""

    exhausted = False

    def __init__(self, selection: Selection, started_at: datetime, *, startup_probe: bool) -> None:
        self.selection = selection
        self._started_at = started_at
        self._startup_probe = startup_probe
        self.starting = True

    def take(self, store: Store, limit: int, lease_s: float) -> Taken:
        if self.starting:
            claims = store.claim_pass(self.selection, self._started_at, limit, lease_s)
            if claims:
                return Taken(claims, self._startup_probe)
            self.starting = False
        return Taken(store.claim_due(self.selection, limit, lease_s), probe=True)

    def keep_house(self, store: Store, settings: Settings) -> list[Stored]:
        free_the_dead(store)
        store.sync()
        store.prune(settings.history.keep_days)
        return store.remove_orphans(enabled_apis(settings))


class Selected:
    """One pass over a selection, due or not; then whatever another supervisor has in hand is waited for."""

    def __init__(self, selection: Selection, since: datetime, *, probe: bool, everything: bool) -> None:
        self.selection = selection
        self.since = since
        self.exhausted = False
        self._probe = probe
        self._everything = everything

    def take(self, store: Store, limit: int, lease_s: float) -> Taken:
        claims = store.claim_pass(self.selection, self.since, limit, lease_s)
        if not claims and store.held_by_others(self.selection, self.since) == 0:
            self.exhausted = True
        return Taken(claims, self._probe)

    def keep_house(self, store: Store, _: Settings) -> list[Stored]:
        free_the_dead(store)
        return []


def free_the_dead(store: Store) -> None:
    """Take up the leases of supervisors of this machine that certainly live no more."""
    dead = [owner for owner in store.owners() if identity.is_dead(owner)]
    if dead:
        store.release_of(dead)


def enabled_apis(settings: Settings, wanted: Collection[str] = ()) -> tuple[str, ...]:
    """The canonical names that are checked; `wanted` narrows them down."""
    return tuple(name for name in KNOWN if settings.enabled(name) and (not wanted or name in wanted))
