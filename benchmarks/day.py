"""Is every verdict of a bad day true, and is each trouble told once?

300 tenants of 6 providers through a simulated day: two provider outages that overlap, one of our own egress, a storm of
rate limits, ten keys that are revoked, three credentials that end, three whose own host is gone, and answers that go
wrong once. What decides is the
real thing: schedule, the providers' conversations against the stand-in's answers, doubt, incidents, meaning, trust and
forecast; only time, sockets and the database are played. The same seed is the same day. Exit 1 when anything is wrong.
"""

import argparse
import heapq
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from world import BEGAN, HARDSHIPS, Check, World

from supervisor import forecast, schedule
from supervisor.assess import Found, outcome
from supervisor.incidents import Book, Change, Kind, Policy
from supervisor.schedule import Claim
from supervisor.service.doubt import Doubt, Effects
from workers.words import Reason

_INTERVAL_S = 900.0
_LOST_S = 120.0  # in hand for longer


class Day:
    def __init__(self, world: World, policy: Policy | None = None) -> None:
        self.world = world
        self.checks = world.checks
        self.length_s = world.length_s
        self.now = 0.0
        self.changes: list[tuple[float, Change]] = []
        self.expiring: Counter[int] = Counter()
        self.stored: Counter[Reason] = Counter()
        self.wrong: list[tuple[float, Check, Reason, set[Reason]]] = []
        self.before_egress: dict[int, float] = {}
        self.after_egress: dict[int, float] = {}
        self.asked = self.again = self.pulled = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.doubt = Doubt(Book(policy), Effects(self._keep, self._ask_again, self._tell, self._pull))
        self.doubt.book.look_after(Counter(check.api for check in self.checks.values()))

    # --- time --------------------------------------------------------------------------------------------------------

    def at(self, when: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), do))

    def run(self) -> None:
        for check in self.checks.values():
            self._due(check)
        egress = next(one for one in HARDSHIPS if one.kind is Kind.EGRESS)
        self.at(egress.begins * self.length_s, lambda: self.before_egress.update(self._scores()))
        self.at(egress.ends * self.length_s + 60, lambda: self.after_egress.update(self._scores()))
        tick = 1.0
        while self._events and self.now < self.length_s:
            when, _, do = heapq.heappop(self._events)
            while tick <= when:
                self.now = tick
                self.doubt.turn(tick)
                tick += 1.0
            if self._events and when > self._events[0][0]:
                self.at(when, do)  # a tick had something to do before
                continue
            self.now = when
            do()

    def _scores(self) -> dict[int, float]:
        return {check.number: check.trust for check in self.checks.values()}

    # --- one check ---------------------------------------------------------------------------------------------------

    def _due(self, check: Check, again_at: float | None = None) -> None:
        now = BEGAN + self.now
        due = schedule.next_due(check.number, _INTERVAL_S, now, probed=self.now > 0)
        check.due_at = schedule.postponed(due, again_at, now) - BEGAN
        self.at(check.due_at, lambda: self._take(check))

    def _take(self, check: Check) -> None:
        if not check.in_hand and self.now == check.due_at:
            check.in_hand = True
            self._ask(check, check.claim())

    def _ask(self, check: Check, claim: Claim) -> None:
        self.asked += 1
        found, delay = self.world.ask(check, self.now)
        self.at(self.now + delay, lambda: self.doubt.weigh(claim, found, self.now))

    # --- what the doubt does -----------------------------------------------------------------------------------------

    def _ask_again(self, claim: Claim) -> None:
        self.again += 1
        self._ask(self.checks[claim.check], claim)

    def _pull(self, apis: tuple[str, ...], beside: Claim) -> None:
        claims = []
        for api in apis:
            free = [one for one in self.checks.values() if one.api == api and not one.in_hand]
            check = min(free, key=lambda one: (one.user < beside.user, one.user), default=None)
            if check is not None:
                check.in_hand = True
                self.pulled += 1
                claims.append(check.claim())
        self.doubt.came(claims)
        for claim in claims:
            self._ask(self.checks[claim.check], claim)

    def _tell(self, change: Change) -> None:
        self.changes.append((self.now, change))

    def _keep(self, claim: Claim, found: Found) -> None:
        check = self.checks[claim.check]
        check.in_hand = False
        at = datetime.fromtimestamp(BEGAN + self.now, UTC)
        certain = found.reason is Reason.OK
        ahead = forecast.look_ahead(found.expires_at, check.expires_at, check.warned, at.timestamp(), certain=certain)
        made = outcome(found, check=check.number, attempt=1, at=at, next_due=at)
        true = self.world.truth(check)
        check.expires_at, check.warned = ahead.expires_at, ahead.warned
        self.expiring[check.number] += ahead.told is not None
        check.previous = made.reason.value
        if made.counts and made.status is not None:
            check.recent = [made.status, *check.recent][:10]
            check.lowest = min(check.lowest, check.trust)
        self.stored[made.reason] += 1
        if made.reason not in true:
            self.wrong.append((self.now, check, made.reason, true))
        self._due(check, found.again_at)


def report(day: Day) -> bool:
    """The table; whether everything is as it must be."""
    lines = [("wrong verdicts", 0, len(day.wrong)), *_incidents(day), *_tenants(day)]
    print(f"{'':44}{'must be':>10}{'is':>10}")
    for what, wanted, found in lines:
        print(f"{what:<44}{wanted!s:>10}{found!s:>10}{'' if wanted == found else '  WRONG'}")
    return all(wanted == found for _, wanted, found in lines)


def _incidents(day: Day) -> Iterator[tuple[str, object, object]]:
    told = Counter((change.incident.kind, change.incident.api, change.opened) for _, change in day.changes)
    for one in HARDSHIPS:
        found = told.pop((one.kind, one.api, True), 0), told.pop((one.kind, one.api, False), 0)
        yield f"{one.kind} {one.api or ''}: opened, closed", "1, 1", "{}, {}".format(*found)
    yield "other incidents", 0, sum(told.values())


def _tenants(day: Day) -> Iterator[tuple[str, object, object]]:
    revoked = [check for check in day.checks.values() if check.revoked]
    found = [check for check in revoked if check.previous == Reason.INVALID_CREDENTIAL]
    yield "revoked keys found", len(revoked), len(found)
    yield "credentials said to expire, how often each", "3, 1", f"{len(+day.expiring)}, {max(day.expiring.values())}"
    down = {one.api for one in HARDSHIPS if one.kind is Kind.OUTAGE}
    innocent = [check for check in day.checks.values() if check.sound and check.api not in down]
    yield "tenants penalised for another's fault", 0, sum(check.lowest < 100 for check in innocent)
    scores = [(score, day.after_egress[number]) for number, score in day.before_egress.items()]
    sound = [pair for pair, check in zip(scores, day.checks.values(), strict=True) if check.sound]
    yield "scores that the egress lowered", 0, sum(after < before for before, after in sound)
    lost = [check for check in day.checks.values() if check.in_hand and day.now - check.asked_at > _LOST_S]
    yield "checks that were lost", 0, len(lost)


def details(day: Day) -> None:
    """What the table does not judge."""
    counts = ", ".join(f"{name} {count}" for name, count in day.stored.most_common())
    print(f"\n{day.stored.total()} outcomes: {counts}")
    print(f"{day.asked} questions, {day.again} of them second ones, {day.pulled} second opinions")
    for now, change in day.changes:
        one = change.incident
        print(f"{_clock(now)} {'+' if change.opened else '-'} {one.kind:<10} {one.api or '':<8}", end="")
        print(f"{one.users:>4} users{_after(day, now, change)}")
    for api in ("ebay", "stripe"):
        own = [check for check in day.checks.values() if check.api == api and check.sound]
        lowest, last = min(check.lowest for check in own), min(check.trust for check in own)
        print(f"trust of {api}'s tenants, which was down: {lowest:.0f} at the lowest, at the end {last:.0f}")
    for now, check, reason, true in day.wrong[:10]:
        print(f"WRONG at {_clock(now)}: {check.api} of {check.user} is {', '.join(sorted(true))}, stored is {reason}")


def _after(day: Day, now: float, change: Change) -> str:
    """How long after the fact."""
    for one in HARDSHIPS:
        if (one.kind, one.api) == (change.incident.kind, change.incident.api):
            part, what = (one.begins, "began") if change.opened else (one.ends, "ended")
            return f", {now - part * day.length_s:.0f} s after it {what}"
    return ""


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=300, metavar="N", help="at least 10")
    parser.add_argument("--hours", type=float, default=24.0, metavar="H", help="length of the day; at least 6")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    given = parser.parse_args()
    began = time.monotonic()
    day = Day(World(max(10, given.tenants), max(6.0, given.hours) * 3600, given.seed))
    day.run()
    good = report(day)
    details(day)
    print(f"seed {given.seed}, {time.monotonic() - began:.0f} s")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
