"""What a database of `chaos`'s own tells about the system that works on it: noted by triggers, not by the system."""

from collections.abc import Sequence

from msgspec import Struct

from supervisor.store.migrate import Schema
from supervisor.store.statements import script

APPLICATION = "chaos"
"""The `application_name` of the caller's own connection: those that `cut_connections` ends have another."""


class Evidence(Struct, frozen=True):
    """One check since the round began: how often it was taken and its outcome written, and what stands there now."""

    check: int
    taken: int
    stored: int
    verdicts: int
    snapshots: int
    reason: str | None
    strikes: int
    quarantined: bool
    phase: str | None  # of the last strike
    leased: bool


class Buried(Struct, frozen=True):
    """A row of `crashes`."""

    id: int
    generation: int
    pid: int
    signal: str | None
    exit_code: int | None
    phase: str | None
    user: int | None
    api: str | None
    judgement: str | None


class Witness:
    """For a database that belongs to the caller alone: it changes when checks are due, and adds triggers."""

    def __init__(self, store: Schema) -> None:
        self._store = store

    def install(self) -> None:
        with self._store.session() as session:
            session.execute(script("witness_install", self._store.backend))

    def begin(self, checks: Sequence[int]) -> None:
        """A round: these are due now, in this order, and nothing is held against them; no others are."""
        with self._store.transaction() as session:
            session.run("witness_clear", {})
            session.run("witness_begin", {"checks": list(checks)})

    def stored(self) -> set[int]:
        """The checks with an outcome stored since the round began."""
        return set(self._store.column("witness_stored", {}, int))

    def evidence(self, checks: Sequence[int]) -> list[Evidence]:
        return self._store.rows("witness_seen", {"checks": list(checks)}, Evidence)

    def deaths(self, after: int) -> list[Buried]:
        """The rows of `crashes` behind that id."""
        return self._store.rows("witness_deaths", {"after": after}, Buried)

    def repeated_changes(self) -> int:
        """Rows of the history that are no change, or do not follow the one before."""
        return self._store.column("witness_history", {}, int)[0]

    def cut_connections(self) -> int:
        """End every connection of the system's, whatever it is doing; how many."""
        return self._store.column("witness_cut", {}, int)[0]
