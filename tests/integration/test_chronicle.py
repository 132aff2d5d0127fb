"""Incidents of several supervisors on one database: what another one has closed is over here too."""

from types import SimpleNamespace

import pytest

from supervisor.clock import SystemClock
from supervisor.incidents import Book, Heard, Sign
from supervisor.service.chronicle import Chronicle
from supervisor.store import Store

USERS = range(1, 21)


class Recorder:
    """It has time, but for a while when it is busy."""

    def __init__(self):
        self.busy = False
        self._calls = []

    def submit(self, call, then=lambda _: None):
        self._calls.append((call, then))
        self.work()

    def work(self):
        while self._calls and not self.busy:
            call, then = self._calls.pop(0)
            then(call())


class House:
    """A supervisor's book and its chronicle."""

    def __init__(self, conninfo, host):
        self.store = Store(conninfo, schema=None, pool_max=2, pool_timeout=5, owner=f"{host}/boot/1/2/3/4").open()
        self.book = Book()
        self.now = SystemClock().monotonic()  # from there by hand
        self.recorder = Recorder()
        database = SimpleNamespace(store=self.store)
        self.chronicle = Chronicle(self.book, database, self.recorder, SystemClock(), keep=True)

    def hear(self, sign, *users):
        for user in users:
            self.book.hear(Heard(user, "ebay", user, sign, self.now, self.now - 8.0))
        self.look()

    def look(self):
        for change in self.book.judge(self.now):
            self.chronicle.tell(change)

    def turn(self, seconds):
        self.now += seconds
        self.look()
        self.chronicle.turn(self.now)

    def rows(self):
        return [(row.api, row.closed_at is None, row.users) for row in self.store.incidents()]


@pytest.fixture
def houses(empty_database):
    made = House(empty_database, "here"), House(empty_database, "there")
    made[0].store.migrate()
    for house in made:
        house.book.look_after({"ebay": len(USERS)})
        house.turn(0.0)
    yield made
    for house in made:
        house.store.close()


def test_what_another_has_closed_is_over_here_and_opens_again_by_new_evidence_alone(houses):
    here, there = houses
    here.hear(Sign.FAILING, *USERS)
    there.turn(60.0)
    there.hear(Sign.WELL, *USERS)
    there.turn(1.0)
    there.turn(60.0)
    assert here.rows() == [("ebay", False, 20)]
    here.turn(60.0)
    assert here.book.open == {}
    here.hear(Sign.FAILING, 7)
    assert here.rows() == [("ebay", False, 20)], "one tenant that fails is a credential"
    here.hear(Sign.FAILING, *USERS)
    assert here.rows() == [("ebay", True, 20), ("ebay", False, 20)]


def test_whom_it_has_touched_is_counted_though_another_has_closed_it(houses):
    here, there = houses
    here.hear(Sign.FAILING, *USERS)
    there.turn(60.0)
    here.hear(Sign.FAILING, *range(21, 31))
    there.hear(Sign.WELL, *USERS)
    there.turn(1.0)
    there.turn(60.0)
    here.turn(60.0)
    assert here.rows() == [("ebay", False, 30)]


def test_an_incident_taken_over_is_counted_though_as_many_were_touched_before(houses):
    here, there = houses
    here.hear(Sign.FAILING, *USERS)
    here.turn(60.0)
    here.hear(Sign.WELL, *USERS)
    here.turn(1.0)
    here.turn(60.0)
    there.hear(Sign.FAILING, *range(1, 17))
    here.recorder.busy = True
    here.turn(60.0)
    here.recorder.busy = False
    here.recorder.work()
    here.hear(Sign.FAILING, *USERS)
    here.turn(60.0)
    assert here.rows()[0] == ("ebay", True, 20)


def test_what_another_has_closed_and_opened_again_between_two_looks_is_another_incident(houses):
    here, there = houses
    here.hear(Sign.FAILING, *USERS)
    here.turn(60.0)
    there.turn(60.0)
    there.hear(Sign.WELL, *USERS)
    there.turn(1.0)
    there.turn(60.0)
    there.hear(Sign.FAILING, *range(1, 17))
    here.turn(60.0)
    here.turn(60.0)
    assert here.rows() == [("ebay", True, 16), ("ebay", False, 20)]
    assert [incident.users for incident in here.book.open.values()] == [16]


def test_the_next_incident_is_counted_anew(houses):
    here, _ = houses
    for _ in range(2):
        here.hear(Sign.FAILING, *range(1, 17))
        here.hear(Sign.FAILING, *range(17, 21))
        here.turn(60.0)
        assert here.rows()[0] == ("ebay", True, 20)
        here.hear(Sign.WELL, *USERS)
        here.turn(1.0)
        here.turn(60.0)
    assert here.rows() == [("ebay", False, 20)] * 2
