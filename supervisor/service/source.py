"""Where work comes from: the schedule of a `run`, or the selection of a `check`. Called in the feeder's thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from supervisor.config.settings import Settings
from supervisor.schedule import Claim
from supervisor.service import identity
from supervisor.store import START, Policy, Selection, Store
from workers.wire import Spent


@dataclass(frozen=True, slots=True)
class Taken:
    """Claims, and whether they are probed or only validated; what others have `spent` meanwhile."""

    claims: Sequence[Claim]
    probe: bool
    spent: Sequence[Spent] = ()


class Source(Protocol):
    """Takes claims until it is `exhausted`: then there will never be more. `policy` may be changed by a reload.

    `users`: nobody else's checks are looked at; None: anybody's may be.
    """

    policy: Policy
    users: tuple[int, ...] | None
    exhausted: bool

    def take(self, store: Store, limit: int, lease_s: float) -> Taken: ...


class Scheduled:
    """First everything once after a start (validated only, unless `startup_probe`), then what is due."""

    exhausted = False
    users: tuple[int, ...] | None = None

    def __init__(self, policy: Policy, started_at: datetime, *, startup_probe: bool) -> None:
        self.policy = policy
        self._sweep = _Sweep(Selection(), started_at)
        self._startup_probe = startup_probe
        self.starting = True

    def take(self, store: Store, limit: int, lease_s: float) -> Taken:
        if self.starting:
            claims = self._sweep.take(store, self.policy, limit, lease_s)
            if claims:
                return Taken(claims, self._startup_probe)
            self.starting = False
        return Taken(store.claim_due(self.policy, limit=limit, lease_for=lease_s), probe=True)


class Selected:
    """One pass over a selection, due or not; then whatever another supervisor has in hand is waited for."""

    def __init__(self, policy: Policy, selection: Selection, since: datetime, *, probe: bool, keep: bool) -> None:
        self.policy = policy
        self.selection = selection
        self.users = selection.users
        self.since = since
        self.exhausted = False
        self._sweep = _Sweep(selection, since, once=not keep)
        self._probe = probe

    def take(self, store: Store, limit: int, lease_s: float) -> Taken:
        claims = self._sweep.take(store, self.policy, limit, lease_s)
        if not claims and store.held_by_others(self.policy, self.selection, self.since) == 0:
            self.exhausted = True
        return Taken(claims, self._probe)


class _Sweep:
    """Claims by key from behind the last one; at the end from the start again, for what was given back.

    `once`: never again. A dry run stores nothing, so that all it has done would be claimed anew.
    """

    def __init__(self, selection: Selection, since: datetime, *, once: bool = False) -> None:
        self._selection = selection
        self._once = once
        self._since = since
        self._after = START

    def take(self, store: Store, policy: Policy, limit: int, lease_s: float) -> list[Claim]:
        while True:
            claims = store.claim_pass(
                policy, self._selection, since=self._since, after=self._after, limit=limit, lease_for=lease_s
            )
            if claims:
                self._after = (claims[-1].user, claims[-1].check)
                return claims
            if self._after == START or self._once:
                return []
            self._after = START


def second_opinion(store: Store, source: Source, apis: tuple[str, ...], beside: Claim, lease_s: float) -> list[Claim]:
    """One check of each api, due or not: of the same user or the next ones, else of the first."""
    found: list[Claim] = []
    since = store.now()
    for api in apis:
        for after in ((beside.user, 0), START):
            claims = store.claim_pass(
                source.policy, Selection(source.users, (api,)), since=since, after=after, limit=1, lease_for=lease_s
            )
            found += claims
            if claims:
                break
    return found


def policy_of(settings: Settings) -> Policy:
    """Which checks a configuration wants."""
    enabled = tuple(api.name for api in settings.apis if settings.enabled(api.name))
    return Policy(apis=enabled, active_within_days=settings.schedule.active_within_days)


def free_the_dead(store: Store) -> None:
    """Take up the leases of supervisors of this machine that certainly live no more."""
    dead = [owner for owner in store.leases() if identity.is_dead(owner)]
    if dead:
        store.release_of(dead)
