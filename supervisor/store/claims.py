"""Which checks there are, and who has which in hand: leases with an attempt number that fences every result.

A lease ends by itself on the database's clock. Several supervisors claim from the same table; none ever waits for
another (`skip locked`), and none gets a row that another holds.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from supervisor.schedule import Claim
from supervisor.store.connect import Database
from supervisor.store.rows import Policy, Quarantined, Selection, Stored, ids
from workers.wire import MAX_CIPHERTEXT_CHARS

START: Final = (0, 0)
"""Before the first check of a pass."""

_SHORT: Final = 64  # an environment longer than the wire carries is cut; results go by the check's id anyway
_MANY: Final = 500  # changes that make the planner's idea of the table wrong; autovacuum looks once a minute
_BOUNDS: Final = {"short": _SHORT, "chars": MAX_CIPHERTEXT_CHARS + 1}


class Claims(Database):
    """Statements of the feeder."""

    def now(self) -> datetime:
        """The database's clock."""
        with self.session() as session:
            moment = session.value(b"select clock_timestamp()")
        assert isinstance(moment, datetime)
        return moment

    def sync(self, policy: Policy) -> int:
        """Register what is new (due at once), forget what is gone, mark what serves nobody; how many changed."""
        changes = self.column("sync", _policy(policy), int)[0]
        if changes >= _MANY:
            self.run("analyze_checks", {})
        return changes

    def claim_due(self, policy: Policy, *, limit: int, lease_for: float) -> list[Claim]:
        """Lease checks whose time has come, the longest waiting first."""
        params = {
            **_policy(policy),
            **_BOUNDS,
            "owner": self.owner,
            "build": self.build,
            "limit": limit,
            "lease_for": lease_for,
        }
        return self.rows("claim_due", {**params, "users": None}, Claim)

    def claim_pass(
        self,
        policy: Policy,
        selection: Selection,
        *,
        since: datetime,
        after: tuple[int, int] = START,
        limit: int,
        lease_for: float,
    ) -> list[Claim]:
        """Lease checks not seen since, due or not, ordered by (user, check), from behind `after`.

        Give the last claim's (user, check) as the next `after`: each check is then looked at once a sweep, however
        many there are. When a sweep ends, begin anew at `START` for what was given back or whose lease has ended.
        """
        params = {**_policy(policy), **_selection(policy, selection), **_BOUNDS, "since": since}
        params |= {"owner": self.owner, "build": self.build, "limit": limit, "lease_for": lease_for}
        return self.rows("claim_pass", {**params, "after_user": after[0], "after_check": after[1]}, Claim)

    def renew(self, claims: Sequence[Claim], lease_for: float) -> list[int]:
        """Hold on to them; the checks that are still ours."""
        return self.column("renew", {**self._held(claims), "lease_for": lease_for}, int)

    def release(self, claims: Sequence[Claim]) -> int:
        """Give back what was not begun: anybody may claim it at once, under a new attempt number."""
        return self.run("release", self._held(claims))

    def set_aside(self, check: int, attempt: int, next_due: datetime) -> int:
        """End an attempt whose outcome the database will not take, until the check is due again."""
        return self.run("set_aside", {"check": check, "attempt": attempt, "next_due": next_due, "owner": self.owner})

    def release_of(self, owners: Sequence[str]) -> int:
        """Free the checks of owners the caller knows to be dead, and take over what they had left to fan out."""
        return self.run("release_of", {"owners": sorted(set(owners) - {self.owner}), "owner": self.owner})

    def leases(self) -> list[str]:
        """Everybody who holds a check, by name; whether they live is for the caller to find out."""
        return self.column("leases", {}, str)

    def held_by_others(self, policy: Policy, selection: Selection, since: datetime) -> int:
        """Checks of the selection, not yet seen since, that others have in hand or are still telling about."""
        params = {**_policy(policy), **_selection(policy, selection), "since": since, "owner": self.owner}
        return self.column("held", params, int)[0]

    def told(self, policy: Policy, selection: Selection, since: datetime) -> list[Stored]:
        """What was stored for the selection since then, by whomever, for every user served."""
        params = {**_policy(policy), **_selection(policy, selection), "since": since}
        return self.rows("told", params, Stored)

    def quarantined(self) -> list[Quarantined]:
        """The checks held back because they kill the worker, told for the credential's owner."""
        return self.rows("quarantined", {}, Quarantined)

    def release_quarantine(self, user: int, api: str, environment: str | None) -> int:
        """Let such a check run again, at once; how many were released."""
        return self.run("release_quarantine", {"user": user, "api": api, "environment": environment})

    def _held(self, claims: Iterable[Claim]) -> dict[str, object]:
        pairs = sorted({(claim.check, claim.attempt) for claim in claims})
        return {
            "checks": [check for check, _ in pairs],
            "attempts": [attempt for _, attempt in pairs],
            "owner": self.owner,
        }


def _policy(policy: Policy) -> dict[str, object]:
    return {"apis": list(policy.apis), "days": policy.active_within_days}


def _selection(policy: Policy, selection: Selection) -> dict[str, object]:
    chosen = policy.apis if selection.apis is None else set(selection.apis) & set(policy.apis)
    return {"users": ids(selection.users), "apis": sorted(chosen), "environment": selection.environment}
