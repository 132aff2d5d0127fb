"""The loop: one wait, then the pure parts are stepped and their effects carried out.

Its own thread owns every decision; two clerks (feeder, recorder) make the store calls it submits. Results wait in a
bounded backlog while the database is away, and nothing new is taken in when that is full.
"""

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from supervisor import schedule
from supervisor.assess import Outcome, outcome
from supervisor.blame import Death
from supervisor.channel import Channel, Wake
from supervisor.clock import Clock, SystemClock
from supervisor.config.settings import Settings
from supervisor.launcher import Launcher
from supervisor.service.clerk import Bell, Clerk
from supervisor.service.database import Database
from supervisor.service.desk import Desk
from supervisor.service.source import Source, Taken, free_the_dead
from supervisor.service.tally import Tally
from supervisor.service.worker import Orders, Reports, Worker
from supervisor.store import Change, Recorded, Store, Stored
from supervisor.telemetry import event
from workers import wire
from workers.catalog import KNOWN
from workers.wire import Reason

MAX_BACKLOG: Final = 2000  # outcomes of about 1 KiB that wait for the database
_BATCH: Final = 100
_LINGER_S: Final = 0.05
_IDLE_POLL_S: Final = 1.0
_HOUSEKEEPING_S: Final = 30.0
_LEASE_MARGIN_S: Final = 10.0
_LAND_WITHIN_S: Final = 15.0
_FLUSH_WITHIN_S: Final = 6.0


class Loop:
    """`stored` is called with every stored row; `keep` False stores nothing, `tidy` False forgets nothing."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        channel: Channel,
        launcher: Launcher,
        source: Source,
        *,
        stored: Callable[[list[Stored]], None] = lambda _: None,
        keep: bool = True,
        tidy: bool = True,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.channel = channel
        self.source = source
        self.clock = clock or SystemClock()
        self.tally = Tally(self.clock.monotonic())
        self.bell = Bell()
        self.feeder = Clerk("feeder", self.bell)
        self.recorder = Clerk("recorder", self.bell)
        self.database = database
        self._keep = keep
        self._tidy = tidy
        self._stored = stored
        reports = Reports(self._settle, self._died, settings.worker.strikes)
        self.desk = Desk(settings.worker.check_deadline)
        self.worker = Worker(channel, launcher, self._orders(), self.desk, reports)
        self._backlog: deque[Outcome] = deque()
        self._unstored: dict[int, schedule.Claim] = {}
        self._flush_at = 0.0
        self._feeding = False
        self._ask_at = 0.0
        self._pause_until = 0.0
        self._housekeeping_at = 0.0
        self._renew_at = self.clock.monotonic() + self.lease_s / 3
        self._land_until: float | None = None
        self._end_by = 0.0
        self._lost = False
        channel.watch(self.bell.fd)

    # --- what the programs call ------------------------------------------------------------------------------------

    @property
    def lease_s(self) -> float:
        return self.settings.worker.check_deadline + _LEASE_MARGIN_S

    def turn(self) -> Wake:
        """Wait for one thing, then do everything that is due. Descriptors that are not ours are the caller's."""
        wake = self.channel.wait(self._within(self.clock.monotonic()))
        now = self.clock.monotonic()
        self.bell.silence()
        if wake.messages:
            for received in self.channel.receive():
                self.worker.hear(received, now)
        self.worker.readable(wake.fds, now)
        self.feeder.deliver()
        self.recorder.deliver()
        self._watch_database()
        self.worker.tick(now)
        if self._land_until is not None:
            self._land(now)
        else:
            self._feed(now)
            self._send(now)
            self._keep_house(now)
        self._record(now)
        return wake

    def stop(self) -> None:
        """Take no new work; let what is in flight finish, bounded."""
        if self._land_until is None:
            now = self.clock.monotonic()
            self._land_until = now + _LAND_WITHIN_S
            self._end_by = self._land_until + _FLUSH_WITHIN_S

    @property
    def finished(self) -> bool:
        """After `stop`: the worker is gone and everything is stored, or time is up."""
        if self._land_until is None:
            return False
        now = self.clock.monotonic()
        settled = self.worker.ended and not self._backlog and self.recorder.idle
        return settled or (self.worker.ended and now >= self._end_by)

    @property
    def quiet(self) -> bool:
        """Nothing is held, in flight, or waiting to be stored."""
        return self.desk.empty and not self._backlog and self.recorder.idle and not self._feeding

    def adopt(self, settings: Settings) -> None:
        """Take new settings into force; the next worker gets them between jobs."""
        self.settings = settings
        self.desk.check_deadline = settings.worker.check_deadline
        self.worker.orders = self._orders()
        self.worker.reports.strikes = settings.worker.strikes
        self.worker.replace(self.clock.monotonic(), "reload")

    def close(self) -> None:
        self.feeder.leave(1.0)
        self.recorder.leave(1.0)
        self.channel.forget(self.bell.fd)
        self.bell.close()

    # --- feeding -----------------------------------------------------------------------------------------------------

    def _feed(self, now: float) -> None:
        window = self.worker.orders.window
        full = len(self._backlog) >= MAX_BACKLOG or self.desk.retrying or self.desk.waiting >= 2 * window
        if self._feeding or full or now < self._ask_at or self.source.exhausted:
            return
        self._feeding = True
        limit = max(32, min(500, 8 * window))
        source, lease = self.source, self.lease_s
        self.feeder.submit(lambda: source.take(self.database.store, limit, lease), self._fed)

    def _fed(self, taken: Taken) -> None:
        self._feeding = False
        if not taken.claims:
            self._ask_at = self.clock.monotonic() + _IDLE_POLL_S
        self.desk.put(taken.claims, probe=taken.probe)

    def _send(self, now: float) -> None:
        serial = self.worker.orders.window == 1
        if (serial and now < self._pause_until) or len(self._backlog) >= MAX_BACKLOG:
            return
        self.worker.send(now)

    # --- results -----------------------------------------------------------------------------------------------------

    def _settle(self, claim: schedule.Claim, reason: Reason, message: str, latency_ms: int | None) -> None:
        now = self.clock.now()
        critical = claim.api in KNOWN and KNOWN[claim.api].critical
        interval = self.settings.interval(claim.api, critical=critical)
        probed = reason is not Reason.VALID_UNPROBED
        due = schedule.next_due(claim.check, interval, now.timestamp(), probed=probed)
        completed = reason not in wire.SUPERVISOR_ONLY
        if not self._backlog:
            self._flush_at = self.clock.monotonic() + _LINGER_S
        self._unstored[claim.check] = claim
        self._backlog.append(
            outcome(
                reason,
                message,
                check=claim.check,
                attempt=claim.attempt,
                latency_ms=latency_ms,
                at=now,
                next_due=now.fromtimestamp(due, now.tzinfo),
                strikes=0 if completed else claim.strikes + (reason is Reason.DEADLINE),
            )
        )
        if not self.desk.in_flight:
            self._pause_until = self.clock.monotonic() + self.settings.schedule.user_pause

    def _record(self, now: float) -> None:
        if not self._backlog or not self.recorder.idle:
            return
        if len(self._backlog) < _BATCH and now < self._flush_at and self._land_until is None:
            return
        some = [self._backlog.popleft() for _ in range(min(_BATCH, len(self._backlog)))]
        days, keep = self.settings.schedule.active_within_days, self._keep

        def record() -> Recorded:
            return self.database.store.record(some, everything=True, active_within_days=days, keep=keep)

        self.recorder.submit(record, lambda recorded: self._recorded(recorded, some))

    def _recorded(self, recorded: Recorded, some: list[Outcome]) -> None:
        claims = [self._unstored.pop(one.check) for one in some]
        if not self._keep:
            self.recorder.submit(lambda: self.database.store.release(claims))
        self.tally.add(recorded.stored, len(some))
        self._tell(recorded.stored)
        if self._keep:
            self.fan_out()

    def fan_out(self) -> None:
        """Carry on with what a shared credential's outcome means for everyone who falls back to it."""
        self.recorder.submit(self._fan_out_call, self._fanned_out)

    def _fan_out_call(self) -> list[Stored] | None:
        return self.database.store.fan_out(everything=True)

    def _fanned_out(self, rows: list[Stored] | None) -> None:
        if rows is not None:
            self.tally.add(rows, 0)
            self._tell(rows)
            self.fan_out()

    def _tell(self, rows: list[Stored]) -> None:
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
        self._stored(rows)

    def _died(self, death: Death) -> None:
        self.tally.crashes += 1
        if self._keep:
            self.recorder.submit(lambda: self.database.store.record_death(death))

    # --- housekeeping ------------------------------------------------------------------------------------------------

    def _keep_house(self, now: float) -> None:
        if now >= self._renew_at:
            self._renew_at = now + self.lease_s / 3
            held = [*self.desk.held(), *self._unstored.values()]
            lease = self.lease_s
            if held:
                self.feeder.submit(lambda: self.database.store.renew(held, lease))
        if now >= self._housekeeping_at:
            self._housekeeping_at = now + _HOUSEKEEPING_S
            self.keep_house()

    def keep_house(self) -> None:
        """Register new credentials, free dead supervisors' leases; in a `run` also forget what is gone or old."""
        policy, days, tidy = self.source.policy, self.settings.history.keep_days, self._tidy

        def house(store: Store) -> list[Change]:
            free_the_dead(store)
            store.sync(policy)
            if not tidy:
                return []
            store.prune(days, policy.apis)
            return store.remove_orphans(policy)

        self.feeder.submit(lambda: house(self.database.store), self._removed)

    def _removed(self, changes: list[Change]) -> None:
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

    def _watch_database(self) -> None:
        trouble = self.feeder.trouble or self.recorder.trouble
        if trouble and not self._lost:
            self._lost = True
            event("database.lost", logging.WARNING, cause=trouble)
        elif not trouble and self._lost:
            self._lost = False
            event("database.back", unstored=len(self._backlog))
        if trouble:
            self.database.mend()

    def _land(self, now: float) -> None:
        assert self._land_until is not None
        late = now >= self._land_until
        given_back = self.desk.give_up_waiting()
        if late:
            given_back += [claim for _, claim in self.desk.land_all()]
        if given_back:
            self.feeder.submit(lambda: self.database.store.release(given_back))
        if not self.desk.in_flight:
            self.worker.stop(now)
        if late and self.worker.child is not None:
            self.worker.child.kill()

    def _orders(self) -> Orders:
        settings = self.settings
        base_urls = {name: own.base_url for name, own in settings.providers.items() if own.base_url}

        def setup(generation: int) -> wire.Setup:
            return wire.Setup(
                version=wire.VERSION,
                generation=generation,
                window=settings.window,
                crypto_concurrency=settings.worker.crypto_concurrency,
                connect_timeout=settings.probe.connect_timeout,
                total_timeout=settings.probe.total_timeout,
                max_body_bytes=settings.probe.max_body_bytes,
                allow_private=settings.probe.allow_private,
                base_urls=base_urls,
            )

        return Orders(settings.window, setup)

    def _within(self, now: float) -> float:
        at = [self._housekeeping_at, self._renew_at] if self._land_until is None else [now + 0.05]
        if (deadline := self.worker.next_deadline()) is not None:
            at.append(deadline)
        if self._backlog and self.recorder.idle:
            at.append(self._flush_at)
        if self._land_until is None:
            if self.desk.waiting and now < self._pause_until:
                at.append(self._pause_until)
            if not self._feeding and not self.source.exhausted:
                at.append(max(self._ask_at, now + 0.001) if not self.desk.waiting else now + _IDLE_POLL_S)
        return max(0.0, min(*at, now + _IDLE_POLL_S) - now)
