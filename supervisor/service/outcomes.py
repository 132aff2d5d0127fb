"""What was found, on its way into the database: a bounded backlog, batches, and what is told when they are stored.

Used by the loop's thread; the recorder makes the calls. While the database is away the backlog waits, and the loop
takes nothing new in when it is full.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from supervisor import forecast, schedule
from supervisor.assess import Found, Outcome, outcome
from supervisor.blame import Death
from supervisor.clock import Clock
from supervisor.config.settings import Settings
from supervisor.errors import Refused
from supervisor.schedule import Claim
from supervisor.service.budgets import Budgets
from supervisor.service.clerk import Clerk
from supervisor.service.database import Database
from supervisor.service.tally import Tally
from supervisor.store import Recorded, Stored
from supervisor.telemetry import event
from workers import wire
from workers.catalog import KNOWN
from workers.wire import Reason

MAX_BACKLOG: Final = 2000  # outcomes of at most 4 KiB that wait for the database
_BATCH: Final = 100
_LINGER_S: Final = 0.05

Told = Callable[[list[Stored]], None]


class Outcomes:
    """`told` is called with every stored row; `keep` False stores nothing (a dry run)."""

    def __init__(
        self, settings: Settings, database: Database, recorder: Clerk, clock: Clock, *, told: Told, keep: bool
    ) -> None:
        self.settings = settings
        self.tally = Tally(clock.monotonic())
        self.budgets = Budgets()
        self._database = database
        self._recorder = recorder
        self._clock = clock
        self._told = told
        self._keep = keep
        self._backlog: deque[Outcome] = deque()
        self._unstored: dict[int, Claim] = {}
        self._flush_at = 0.0

    def __len__(self) -> int:
        """Outcomes that wait for the recorder."""
        return len(self._backlog)

    @property
    def full(self) -> bool:
        return len(self._backlog) >= MAX_BACKLOG

    @property
    def all_stored(self) -> bool:
        return not self._unstored and self.budgets.all_saved and self._recorder.idle

    @property
    def flush_at(self) -> float | None:
        """When `flush` has something to do (monotonic seconds); None: not before something happens."""
        return self._flush_at if self._anything and self._recorder.idle else None

    def claims(self) -> list[Claim]:
        """The leases behind what is not stored yet."""
        return list(self._unstored.values())

    def add(self, claim: Claim, found: Found) -> None:
        """Settle a claim: its outcome is now known. A completed check clears its strikes."""
        now = self._clock.now()
        self._linger()
        self._unstored[claim.check] = claim
        completed = found.reason not in wire.SUPERVISOR_ONLY
        certain = found.reason is Reason.OK and not found.waiting
        ahead = forecast.look_ahead(found.expires_at, claim.expires_at, claim.warned, now.timestamp(), certain=certain)
        self._backlog.append(
            outcome(
                found,
                check=claim.check,
                attempt=claim.attempt,
                at=now,
                next_due=now.fromtimestamp(self._next_due(claim, found, now.timestamp()), now.tzinfo),
                strikes=0 if completed else claim.strikes,
                version=claim.version,
                signal=claim.signal,
                phase=claim.phase,
                expires_at=ahead.expires_at,
                warned=ahead.warned,
                told=ahead.told is not None,
            )
        )

    def note_spent(self, spent: Sequence[wire.Spent]) -> None:
        """What was asked was asked, whatever becomes of the answer."""
        if spent:
            self._linger()
            self.budgets.note(spent)

    def _linger(self) -> None:
        if not self._anything:
            self._flush_at = self._clock.monotonic() + _LINGER_S

    @property
    def _anything(self) -> bool:
        return bool(self._backlog) or not self.budgets.all_saved

    def _next_due(self, claim: Claim, found: Found, now: float) -> float:
        api = KNOWN.get(claim.api)
        interval = self.settings.interval(claim.api, critical=api is not None and api.critical)
        due = schedule.next_due(claim.check, interval, now, probed=found.reason is not Reason.VALID_UNPROBED)
        return schedule.postponed(due, found.again_at, now)

    def flush(self, now: float, *, at_once: bool) -> None:
        """Hand the recorder a batch when it has time, and there is a full one or the oldest has waited enough."""
        if not self._anything or not self._recorder.idle:
            return
        if len(self._backlog) < _BATCH and now < self._flush_at and not at_once:
            return
        some = [self._backlog.popleft() for _ in range(min(_BATCH, len(self._backlog)))]
        days, keep = self.settings.schedule.active_within_days, self._keep
        spent = self.budgets.take_unsaved()  # of a dry run too: its requests were made

        def record(batch: list[Outcome]) -> Recorded:
            store = self._database.store
            try:
                return store.record(batch, everything=True, active_within_days=days, keep=keep)
            except Refused as refused:
                if len(batch) == 1:
                    event("outcome.refused", logging.ERROR, check=batch[0].check, cause=refused.cause)
                    store.set_aside(batch[0].check, batch[0].attempt, batch[0].next_due)
                    return Recorded([], [])
            parts = [record([one]) for one in batch]  # one of them will not fit: the others must not wait for it
            rows = [row for part in parts for row in part.stored]
            accepted = [check for part in parts for check in part.accepted]
            return Recorded(rows, accepted, shared=any(part.shared for part in parts))

        if spent:  # before the outcomes: what was asked was asked, even if we end in between
            self._recorder.submit(lambda: self._save(spent))
        if some:
            self._recorder.submit(lambda: record(some), lambda recorded: self._recorded(recorded, some))

    def _recorded(self, recorded: Recorded, some: list[Outcome]) -> None:
        claims = [claim for one in some if (claim := self._unstored.pop(one.check, None)) is not None]
        self._tell_ends(claims, {one.check: one for one in some if one.told and one.check in recorded.accepted})
        self._tell(recorded.stored, len(some))
        if recorded.shared:
            self.fan_out()
        if not self._keep:
            self._recorder.submit(lambda: self._database.store.release(claims))

    def _save(self, spent: list[wire.Spent]) -> None:
        try:
            self._database.store.save_budgets(spent)
        except Refused as refused:
            event("database.refused", logging.ERROR, cause=refused.cause)

    def _tell_ends(self, claims: list[Claim], ending: Mapping[int, Outcome]) -> None:
        for claim in claims if self._keep else ():
            if claim.check in ending and (expires_at := ending[claim.check].expires_at) is not None:
                event(
                    "credential.expiring",
                    logging.WARNING,
                    user_id=claim.user,
                    api=claim.api,
                    environment=claim.environment,
                    expires_at=f"{datetime.fromtimestamp(expires_at, UTC):%Y-%m-%dT%H:%M:%SZ}",
                )

    def fan_out(self) -> None:
        """Carry on with what a shared credential's outcome means for everyone who falls back to it."""

        def chunk() -> list[Stored] | None:
            try:
                return self._database.store.fan_out(everything=True)
            except Refused as refused:
                event("database.refused", logging.ERROR, cause=refused.cause)
                return None

        self._recorder.submit(chunk, self._fanned_out)

    def _fanned_out(self, rows: list[Stored] | None) -> None:
        if rows is not None:
            self._tell(rows, 0)
            self.fan_out()

    def _tell(self, rows: list[Stored], checks: int) -> None:
        self.tally.add(rows, checks)
        if self._keep:
            for row in rows:
                if row.changed:
                    event(
                        "status.changed",
                        user_id=row.user_id,
                        api=row.api,
                        environment=row.environment,
                        previous=row.previous,
                        current=row.status,
                        reason=row.reason,
                    )
        self._told(rows)

    def died(self, death: Death) -> None:
        """Store the death of a worker."""
        self.tally.crashes += 1
        if self._keep:
            self._recorder.submit(lambda: self._record_death(death))

    def _record_death(self, death: Death) -> None:
        try:
            self._database.store.record_death(death)
        except Refused as refused:
            event("database.refused", logging.ERROR, cause=refused.cause)

    def tell_pass(self, now: float) -> None:
        """Log what the pass came to, and begin the next one's count."""
        self.tally.tell(now)
        self.tally = Tally(now)
