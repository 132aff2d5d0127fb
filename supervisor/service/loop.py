"""The loop: one wait, then the pure parts are stepped and their effects carried out.

Its own thread owns every decision; two clerks (feeder, recorder) make the store calls it submits.
"""

import logging
from collections.abc import Sequence
from typing import Final

from supervisor import pace
from supervisor.assess import Found
from supervisor.channel import Channel, Wake
from supervisor.clock import Clock, SystemClock
from supervisor.config.settings import Settings
from supervisor.incidents import Book
from supervisor.launcher import Launcher
from supervisor.pace import Pace
from supervisor.schedule import Claim
from supervisor.service import chronicle, death, orders
from supervisor.service.clerk import Bell, Clerk
from supervisor.service.database import Database
from supervisor.service.desk import Desk
from supervisor.service.doubt import Doubt, Effects
from supervisor.service.house import House
from supervisor.service.orders import Reports
from supervisor.service.others import SpentByOthers
from supervisor.service.outcomes import Outcomes, Told
from supervisor.service.source import Source, Taken, second_opinion
from supervisor.service.worker import Worker
from supervisor.telemetry import event
from workers.wire import Reason

_IDLE_POLL_S: Final = 1.0
_OVERDUE_S: Final = 3.0  # a parcel that has waited so long is overdue
_PACE: Final = pace.Policy()
_HELD_UP_S: Final = 0.5  # a call to the database that has not come back for so long was held up
_LAND_WITHIN_S: Final = 15.0
_FLUSH_WITHIN_S: Final = 5.0


class Loop:
    """`told` is called with every stored row; `keep` False stores nothing, `tidy` False forgets nothing."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        channel: Channel,
        launcher: Launcher,
        source: Source,
        *,
        told: Told = lambda _: None,
        keep: bool = True,
        tidy: bool = True,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.channel = channel
        self.source = source
        self.database = database
        self.clock = clock or SystemClock()
        self.bell = Bell()
        self._feeder = Clerk("feeder", self.bell)
        self._recorder = Clerk("recorder", self.bell)
        self.outcomes = Outcomes(settings, database, self._recorder, self.clock, told=told, keep=keep)
        self._house = House(settings, database, self._feeder, source, self.clock.monotonic(), tidy=tidy)
        self.desk = Desk(settings.worker.check_deadline)
        book = Book(chronicle.policy_of(settings))
        self._chronicle = chronicle.Chronicle(book, database, self._recorder, self.clock, keep=keep)
        self.doubt = Doubt(book, Effects(self.outcomes.add, self._ask, self._chronicle.tell, self._pull))
        reports = Reports(self._settle, self.outcomes.died, settings.worker.strikes, self._crashed)
        self.worker = Worker(channel, launcher, orders.of(settings, self.outcomes.budgets.all), self.desk, reports)
        self._pace = Pace()
        self._others = SpentByOthers()
        self._feeding = self._pausing = self._lost = False
        self._more = False  # the last claim was full: more is due than we hold
        self._ask_at = 0.0
        self._pause_until = 0.0
        self._land_until: float | None = None
        channel.watch(self.bell.fd)
        if keep:
            self.outcomes.fan_out()  # what a predecessor may have left half told

    # --- what the programs call --------------------------------------------------------------------------------------

    def turn(self) -> Wake:
        """Wait for one thing, then do everything that is due. Descriptors that are not ours are the caller's."""
        wake = self.channel.wait(self._within(self.clock.monotonic()))
        now = self.clock.monotonic()
        if self.bell.fd in wake.fds:
            self.bell.silence()
        if wake.messages:
            for received in self.channel.receive():
                self.worker.hear(received, now)
        self.worker.readable(wake.fds, now)
        self._feeder.deliver()
        self._recorder.deliver()
        self._watch_database()
        self.worker.tick(now)
        if self._land_until is not None:
            self._land(now, late=now >= self._land_until)
        else:
            self._house.keep(now, self._held)
            self._chronicle.turn(now)
            self.doubt.turn(now)
            self._feed(now)
            self._send(now)
            self._recycle(now)
        self.outcomes.flush(now, at_once=self._land_until is not None)
        return wake

    def stop(self) -> None:
        """Take no new work; let what is in flight finish, bounded."""
        if self._land_until is None:
            self._land_until = self.clock.monotonic() + _LAND_WITHIN_S
            self.database.end_by = self._land_until + _FLUSH_WITHIN_S

    @property
    def finished(self) -> bool:
        """After `stop`: the worker is gone and everything is stored, or time is up."""
        if self._land_until is None or not self.worker.ended:
            return False
        return (self.outcomes.all_stored and self._feeder.idle) or self.clock.monotonic() >= self.database.end_by

    @property
    def quiet(self) -> bool:
        """Nothing is held, in flight, or waiting to be stored."""
        return self.desk.empty and self.doubt.empty and self.outcomes.all_stored and not self._feeding

    def adopt(self, settings: Settings, reason: str) -> None:
        """Take new settings into force; the next worker gets them between jobs. `reason` is told of the old one."""
        self.settings = self.outcomes.settings = self._house.settings = settings
        self.desk.check_deadline = settings.worker.check_deadline
        self.doubt.book.policy = chronicle.policy_of(settings)
        self.worker.orders = orders.of(settings, self.outcomes.budgets.all)
        self.worker.reports.strikes = settings.worker.strikes
        now = self.clock.monotonic()
        self._feeder.submit(lambda: self.database.store.refresh_names(settings.apis))
        self._house.clean_at_once(now)
        self.worker.refresh(now, reason)

    def close(self) -> None:
        """End the threads and a worker that may still be there."""
        self.worker.close()
        self._feeder.leave(0.5)
        self._recorder.leave(0.5)
        self.channel.forget(self.bell.fd)
        self.bell.close()

    @property
    def trouble(self) -> str | None:
        """What keeps us from the database; None while it is there."""
        return self._feeder.trouble or self._recorder.trouble

    @property
    def stopping(self) -> bool:
        return self._land_until is not None

    @property
    def totals(self) -> tuple[int, int] | None:
        """Snapshots and unhealthy ones at the last count; None before it."""
        return self._house.totals

    def count_soon(self) -> None:
        """A pass has changed much: count at once."""
        self._house.clean_at_once(self.clock.monotonic())

    @property
    def window(self) -> int:
        """Users in flight at once, now."""
        return self._pace.window if self.settings.worker.window == "auto" else self.settings.places

    # --- a turn's parts ----------------------------------------------------------------------------------------------

    def _feed(self, now: float) -> None:
        self.database.store.build = self.worker.build
        window = self.window
        full = self.outcomes.full or self.doubt.full
        enough = not self.worker.build or full or self.desk.retrying or self.desk.waiting >= 2 * window
        if self._feeding or enough or now < self._ask_at or self.source.exhausted:
            return
        self._feeding = True
        source, lease, limit = self.source, self._house.lease_s, max(32, min(500, 8 * window))
        held, lost = self._held(), self._lost

        def take() -> Taken:
            if lost or self.clock.monotonic() - now > _HELD_UP_S:
                self.database.store.renew(held, lease)  # else what ran out meanwhile would be taken from ourselves
            return self._others.take(source, self.database.store, limit, lease)

        self._feeder.submit(take, lambda taken: self._fed(taken, limit))

    def _held(self) -> list[Claim]:
        """Every claim whose lease is ours: in hand, in doubt, or found and not stored yet."""
        return [*self.desk.held(), *self.doubt.claims(), *self.outcomes.claims()]

    def _fed(self, taken: Taken, limit: int) -> None:
        self._feeding = False
        self.worker.pass_on(self.outcomes.budgets.load(taken.spent))
        self._more = len(taken.claims) >= limit
        if not taken.claims:
            self._ask_at = self.clock.monotonic() + _IDLE_POLL_S
        self.doubt.book.look_after(self._house.apis)
        self.desk.put(self._to_run(taken.claims), probe=taken.probe, now=self.clock.monotonic())

    def _to_run(self, claims: Sequence[Claim]) -> list[Claim]:
        """All but those in quarantine, whose outcome is known already."""
        for claim in claims:
            if claim.quarantined:
                self._settle(claim, Found(Reason.QUARANTINED, death.QUARANTINE_MESSAGE))
        return [claim for claim in claims if not claim.quarantined]

    def _ask(self, claim: Claim) -> None:
        self.desk.put_back([claim], probe=True, now=self.clock.monotonic())

    def _pull(self, apis: tuple[str, ...], beside: Claim) -> None:
        """Take a check of each of these providers in hand, due or not, before all others."""
        source, lease = self.source, self._house.lease_s
        self._feeder.submit(lambda: second_opinion(self.database.store, source, apis, beside, lease), self._pulled)

    def _pulled(self, claims: list[Claim]) -> None:
        run = self._to_run(claims)
        self.doubt.came(run)
        self.desk.put_back(run, probe=True, now=self.clock.monotonic())

    def _send(self, now: float) -> None:
        if self.settings.worker.window == "auto":
            overdue = self._more or self.desk.waited(now) > _OVERDUE_S
            self._set_pace(pace.step(self._pace, now, _PACE, overdue=overdue, most=self.settings.places))
        self._pausing = self.window == 1 and self.clock.monotonic() < self._pause_until
        if not self._pausing and not self.outcomes.full:
            self.worker.send(self.window, now)

    def _settle(self, claim: Claim, found: Found) -> None:
        self.outcomes.note_spent(found.spent)
        if self.worker.falling is not None:  # whose last answers its follower does not know
            self.worker.pass_on(list(found.spent))
        self.doubt.weigh(claim, found, self.clock.monotonic())
        if not self.desk.in_flight:
            self._pause_until = self.clock.monotonic() + self.settings.schedule.user_pause

    def _set_pace(self, new: Pace) -> None:
        if new.window != self._pace.window:
            event("window.changed", window=new.window, previous=self._pace.window)
        self._pace = new

    def _crashed(self) -> None:
        self._set_pace(pace.crashed(self._pace, self.clock.monotonic(), _PACE))

    def _recycle(self, now: float) -> None:
        """Replace a worker that outgrew its memory, or has done its number of jobs."""
        limits, hand = self.settings.worker, self.worker.active
        if hand is None or not hand.ready:
            return
        if hand.child.page.rss_kib() > limits.rss_limit_mib * 1024:
            self.worker.recycle(now, "rss_limit_mib")
        elif limits.recycle_after and hand.jobs >= limits.recycle_after:
            self.worker.recycle(now, "recycle_after")

    def _watch_database(self) -> None:
        self.database.store.end_silence()
        trouble = self.trouble
        if trouble and not self._lost:
            event("database.lost", logging.WARNING, cause=trouble)
        elif not trouble and self._lost:
            event("database.back", unstored=len(self.outcomes))
        self._lost = trouble is not None
        if self._land_until is None:
            self.database.mend(away=self._lost)

    def _land(self, now: float, *, late: bool) -> None:
        given_back = self.doubt.give_up()
        for claim, struck in self.desk.give_up_waiting():
            if struck:  # and no retry is possible any more
                crashed = Found(Reason.WORKER_CRASH, "this check crashed the worker; it was not finished")
                self._settle(claim, crashed)
            else:
                given_back.append(claim)
        if late:
            given_back += self.desk.land_all()
        if given_back:
            self._feeder.submit(lambda: self.database.store.release(given_back))
        if not self.desk.in_flight:
            self.worker.stop(now)
        if late:
            self.worker.dismiss()

    def _within(self, now: float) -> float:
        at = [now + _IDLE_POLL_S, self.worker.next_deadline(), self.outcomes.flush_at]
        if self._land_until is not None:
            at.append(now + 0.05)
        else:
            at += [self._house.due_at, self.doubt.due_at]
            if self._pausing:  # though it may be over by now
                at.append(self._pause_until)
            if not self._feeding and not self.source.exhausted and not self.desk.waiting:
                at.append(self._ask_at)
        return max(0.0, min(when for when in at if when is not None) - now)
