"""A migrated database of an existing backend, its rows, and stores that work on it as the least-privilege role."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from supervisor.assess import Found, Outcome, outcome
from supervisor.schedule import Claim
from supervisor.store import Policy, Recorded, Selection, Store, Stored
from tests.helpers.tenants import Tenants, as_role, load_backend_with_role
from workers.wire import Reason

POLICY = Policy()
EVERYTHING = Selection()
LEASE_S = 40.0
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def load_migrated(conninfo: str) -> None:
    """The existing backend's tables with our schema beside them, made by the least-privilege role."""
    load_backend_with_role(conninfo)
    with store_at(as_role(conninfo)) as store:
        store.migrate()


def store_at(conninfo: str, owner: str = "me", *, pool_timeout: float = 20.0, pooled: bool = False) -> Store:
    return Store(conninfo, schema=None, pool_max=3, pool_timeout=pool_timeout, owner=owner, pooled=pooled).open()


class House:
    """`rows`: what the backend does; `store`: what we do; `now` moves by hand."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.now = datetime.now(UTC).replace(microsecond=0)
        self._stack = ExitStack()
        self.rows = self._stack.enter_context(Tenants(conninfo))
        self.store = self.another("me")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def another(self, owner: str) -> Store:
        return self._stack.enter_context(store_at(as_role(self.conninfo), owner))

    def claim(
        self,
        selection: Selection = EVERYTHING,
        *,
        store: Store | None = None,
        policy: Policy = POLICY,
        limit: int = 100,
    ) -> list[Claim]:
        """Register what is new, then lease everything of the selection, whenever it was last seen."""
        at = store or self.store
        at.sync(policy)
        return at.claim_pass(policy, selection, since=at.now(), limit=limit, lease_for=LEASE_S)

    def outcomes(
        self,
        claims: Sequence[Claim],
        reason: Reason = Reason.OK,
        *,
        latency_ms: int | None = 12,
        waiting: bool = False,
        story: bytes = b"",
    ) -> list[Outcome]:
        """The same for each, one second later than the last."""
        self.now += timedelta(seconds=1)
        return [
            outcome(
                Found(reason, f"said {reason}", latency_ms, waiting=waiting, story=story),
                check=claim.check,
                attempt=claim.attempt,
                at=self.now,
                next_due=self.now + timedelta(seconds=900),
                version=claim.version,
            )
            for claim in claims
        ]

    def check(self, reason: Reason = Reason.OK, selection: Selection = EVERYTHING) -> Recorded:
        """Claim, find, store."""
        return self.store.record(self.outcomes(self.claim(selection), reason), everything=True)

    def fan_out(self) -> list[Stored]:
        told: list[Stored] = []
        while (more := self.store.fan_out(everything=True)) is not None:
            told += more
        return told


def served(claims: Sequence[Claim]) -> list[tuple[int, str]]:
    return [(claim.user, claim.api) for claim in claims]
