"""What other supervisors have spent is read with the claims, and loses none of them."""

from types import SimpleNamespace

import pytest

from supervisor.errors import Transient
from supervisor.service import others as room
from supervisor.service.others import SpentByOthers
from supervisor.service.source import Taken

SPENT = ["what others have spent"]


class Store:
    def __init__(self):
        self.asked, self.away = [], False

    def budgets(self, within=None):
        if self.away:
            raise Transient("the database is away")
        self.asked.append(within)
        return SPENT


def source(*claims):
    return SimpleNamespace(take=lambda *_: Taken(claims, probe=True))


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(room.time, "monotonic", lambda: now.seconds)
    return now


def test_everything_is_read_before_the_first_claims_and_then_what_is_new_once_a_second(clock):
    others, store = SpentByOthers(), Store()
    assert others.take(source(), store, 1, 1.0).spent == SPENT
    clock.seconds += 0.5
    assert others.take(source("a"), store, 1, 1.0).spent == []
    clock.seconds += 59.5
    assert others.take(source(), store, 1, 1.0).spent == ()
    assert others.take(source("b"), store, 1, 1.0).spent == SPENT
    assert store.asked == [None, 70.0]


@pytest.mark.usefixtures("clock")
def test_nothing_is_claimed_before_what_was_spent_is_known_and_that_it_is_not_is_told():
    others, store = SpentByOthers(), Store()
    store.away = True
    claiming = source("a")
    claiming.take = pytest.fail
    with pytest.raises(Transient):
        others.take(claiming, store, 1, 1.0)
    store.away = False
    assert others.take(source("a"), store, 1, 1.0) == Taken(("a",), probe=True, spent=SPENT)


@pytest.mark.usefixtures("clock")
def test_what_was_spent_is_not_forgotten_when_the_first_claims_are_refused():
    others, store = SpentByOthers(), Store()

    def refused(*_):
        raise Transient("the database is away")

    with pytest.raises(Transient):
        others.take(SimpleNamespace(take=refused), store, 1, 1.0)
    assert others.take(source("a"), store, 1, 1.0).spent == SPENT


def test_a_database_that_goes_away_in_between_loses_no_claim(clock):
    others, store = SpentByOthers(), Store()
    others.take(source(), store, 1, 1.0)
    clock.seconds += 60
    store.away = True
    taken = others.take(source("a"), store, 1, 1.0)
    assert (taken.claims, list(taken.spent)) == (("a",), [])
    store.away = False
    assert others.take(source("b"), store, 1, 1.0).spent == SPENT
    assert store.asked == [None, 70.0]
