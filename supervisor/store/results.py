"""Storing what checks found: each outcome counts once, an older one never overwrites a newer one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from supervisor.assess import Outcome
from supervisor.blame import Death
from supervisor.store.connect import Database, Session
from supervisor.store.rows import Change, Policy, Recorded, Stored

CHUNK: Final = 500  # users told about a global row in one statement
ABANDONED: Final = 60.0  # seconds after which anybody may finish telling
_ORPHANS: Final = 500  # snapshots removed in one statement
_PRUNED: Final = 5000  # history rows removed in one statement
_NEVER: Final = 1e9  # seconds


class Results(Database):
    """Statements of the recorder."""

    def record(
        self,
        outcomes: Sequence[Outcome],
        *,
        everything: bool,
        active_within_days: int = 0,
        keep: bool = True,
    ) -> Recorded:
        """Store up to 100 outcomes in one statement, each only if its (check, attempt) is still ours.

        Of a global row only its owner's snapshot; `fan_out` tells the others. `everything` False returns changes only.
        `keep` False does all of it, fan-out included, and rolls it back; the leases are then still held.
        """
        if not outcomes:
            return Recorded([], [])
        params = _arrays(outcomes) | {
            "owner": self.owner,
            "build": self.build,
            "everything": everything,
            "days": active_within_days,
        }
        if keep:
            with self.session() as session:
                return _recorded(session.tuples("record", params))
        with self.transaction(keep=False) as session:
            recorded = _recorded(session.tuples("record", params))
            while (more := self._chunk(session, everything=everything, abandoned=_NEVER)) is not None:
                recorded.stored.extend(more)
        return recorded

    def fan_out(self, *, everything: bool) -> list[Stored] | None:
        """Tell up to 500 more users about a global row; None when there is nobody left to tell.

        Crash-safe by itself: the place it has reached is stored with the chunk.
        """
        with self.session() as session:
            return self._chunk(session, everything=everything, abandoned=ABANDONED)

    def remove_orphans(self, policy: Policy) -> list[Change]:
        """Delete snapshots of enabled apis that no active credential stands behind any more."""
        params = {"apis": list(policy.apis), "limit": _ORPHANS}
        changes: list[Change] = []
        while batch := self.rows("remove_orphans", params, Change):
            changes += batch
        return changes

    def record_death(self, death: Death) -> None:
        self.run("record_death", {key: _storable(value) for key, value in asdict(death).items()})

    def prune(self, keep_days: int, apis: Sequence[str]) -> int:
        """Delete history of known apis older than so many days, in bounded statements; how many rows."""
        params = {"keep_days": keep_days, "apis": list(apis), "limit": _PRUNED}
        removed = 0
        while count := self.run("prune_history", params):
            removed += count
        self.run("prune_verdicts", {})
        return removed

    def _chunk(self, session: Session, *, everything: bool, abandoned: float) -> list[Stored] | None:
        params = {"owner": self.owner, "abandoned": abandoned, "chunk": CHUNK, "everything": everything}
        rows = session.tuples("fan_out", params)
        return _stored(rows, behind=1) if rows[0][0] else None


def _recorded(rows: Sequence[tuple[Any, ...]]) -> Recorded:
    return Recorded(_stored(rows, behind=2), sorted(rows[0][0]), shared=rows[0][1])


def _stored(rows: Sequence[tuple[Any, ...]], *, behind: int) -> list[Stored]:
    """Rows of `stored` in part_keep.sql behind so many columns more; a row without a user stands for none."""
    return [Stored(*row[behind:]) for row in rows if row[behind] is not None]


_COLUMNS: Final[Mapping[str, Callable[[Outcome], object]]] = {
    "checks": lambda outcome: outcome.check,
    "attempts": lambda outcome: outcome.attempt,
    "statuses": lambda outcome: outcome.status and outcome.status.value,
    "available": lambda outcome: outcome.available,
    "unseen": lambda outcome: outcome.unseen,
    "configured": lambda outcome: outcome.configured,
    "reasons": lambda outcome: outcome.reason.value,
    "faults": lambda outcome: outcome.fault and outcome.fault.value,
    "errors": lambda outcome: _storable(outcome.error),
    "messages": lambda outcome: _storable(outcome.message),
    "latencies": lambda outcome: outcome.latency_ms,
    "counts": lambda outcome: outcome.counts,
    "at": lambda outcome: naive_utc(outcome.at),
    "next_due": lambda outcome: outcome.next_due,
    "strikes": lambda outcome: outcome.strikes,
    "versions": lambda outcome: outcome.version,
    "signals": lambda outcome: outcome.signal,
    "phases": lambda outcome: outcome.phase,
    "waiting": lambda outcome: outcome.waiting,
    "stories": lambda outcome: outcome.story,
    "expires": lambda outcome: outcome.expires_at,
    "warned": lambda outcome: outcome.warned,
}


def _arrays(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """One array a column, in the order of the checks; of an outcome given twice the first counts."""
    once = {(outcome.check, outcome.attempt): outcome for outcome in reversed(outcomes)}
    ordered = [once[key] for key in sorted(once)]
    return {name: [value(outcome) for outcome in ordered] for name, value in _COLUMNS.items()}


def naive_utc(moment: datetime) -> datetime:
    """As the backend stores instants: UTC without zone, cut (not rounded) to milliseconds."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def _storable(value: object) -> object:
    """PostgreSQL's text holds no NUL and no lone surrogate; one such text must not stop a hundred outcomes."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
