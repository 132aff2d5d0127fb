"""What the loop has the service manager told, turn by turn."""

from types import SimpleNamespace

import pytest

from supervisor.lifecycle import State
from supervisor.service.flights import Flights
from supervisor.service.notify import Notices
from supervisor.service.tally import Tally


class Loop:
    """As much of the loop as is looked at, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.clock = SimpleNamespace(monotonic=lambda: self.now)
        limits = SimpleNamespace(check_deadline=30.0), SimpleNamespace(user_pause=0.0)
        self.settings = SimpleNamespace(worker=limits[0], schedule=limits[1])
        self.worker = SimpleNamespace(
            life=SimpleNamespace(state=State.STARTING), active=None, cradle=SimpleNamespace(generation=1)
        )
        self.outcomes = SimpleNamespace(tally=Tally(0.0), claims=list)
        self.desk = SimpleNamespace(waiting=0, in_flight=Flights())
        self.quiet, self.stopping, self.trouble, self.totals, self.window = True, False, None, None, 1

    def bring_up(self) -> None:
        child = SimpleNamespace(generation=1)
        self.worker.active = SimpleNamespace(child=child, ready=True, spawned_at=self.now)
        self.worker.life.state = State.UP


class Manager:
    watchdog_s: float | None = 120.0

    def __init__(self) -> None:
        self.heard: list[dict] = []

    def tell(self, **words: object) -> None:
        self.heard.append(words)

    def words(self, name: str) -> list:
        return [said[name] for said in self.heard if name in said]


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def manager():
    return Manager()


@pytest.fixture
def notices(manager, loop):
    return Notices(manager, loop)


def turns(notices, loop, seconds: int) -> None:
    for _ in range(seconds):
        notices.turn()
        loop.now += 1.0


def test_ready_is_told_once_and_not_before_a_worker_is_up(notices, manager, loop):
    turns(notices, loop, 10)
    assert manager.words("READY") == []
    loop.bring_up()
    turns(notices, loop, 10)
    assert manager.words("READY") == [1]


def test_a_worker_that_is_replaced_does_not_make_us_ready_again(notices, manager, loop):
    loop.bring_up()
    turns(notices, loop, 2)
    loop.worker.life.state = State.DOWN
    turns(notices, loop, 2)
    loop.bring_up()
    turns(notices, loop, 2)
    assert manager.words("READY") == [1]


def test_the_status_is_told_when_it_changes(notices, manager, loop):
    loop.bring_up()
    turns(notices, loop, 3600)
    told = manager.words("STATUS")
    assert len(told) < 130, "by seconds for a minute, by minutes for an hour"
    loop.totals = (412, 3)
    turns(notices, loop, 1)
    assert manager.words("STATUS")[-1] == "412 checks, 3 unhealthy; database ok; worker 1 up 1h; window 1"


def test_signs_of_life_are_given_in_time_while_there_is_no_work(notices, manager, loop):
    turns(notices, loop, 1200)
    assert len(manager.words("WATCHDOG")) == 40


def test_no_sign_of_life_is_given_when_nobody_watches(notices, manager, loop):
    manager.watchdog_s = None
    turns(notices, loop, 1200)
    assert manager.words("WATCHDOG") == []


def test_work_that_stands_still_silences_us_in_the_end(notices, manager, loop):
    loop.bring_up()
    loop.quiet, loop.desk.waiting = False, 3
    turns(notices, loop, 1200)
    silenced = len(manager.words("WATCHDOG"))
    assert silenced == 5, "for the patience of 120 s"
    loop.outcomes.tally.checks += 1
    turns(notices, loop, 1)
    assert len(manager.words("WATCHDOG")) == silenced + 1, "work that moves again is life"


def test_a_database_that_is_away_is_no_lack_of_progress(notices, manager, loop):
    loop.bring_up()
    loop.quiet, loop.desk.waiting, loop.trouble = False, 3, "no route to host"
    turns(notices, loop, 1200)
    assert len(manager.words("WATCHDOG")) == 40
    assert "database away (no route to host)" in manager.words("STATUS")[-1]


def test_a_reload_begins_with_its_moment_and_ends_ready(notices, manager, loop):
    loop.bring_up()
    turns(notices, loop, 1)
    notices.reloading()
    notices.reloaded()
    begun, ended = manager.heard[-2:]
    assert begun["RELOADING"] == 1
    assert begun["MONOTONIC_USEC"] > 0
    assert ended == {"READY": 1}


def test_a_reload_before_we_are_ready_does_not_say_that_we_are(notices, manager):
    notices.reloading()
    notices.reloaded()
    assert manager.heard == []


def test_at_the_end_the_status_says_so_and_stays(notices, manager, loop):
    loop.bring_up()
    turns(notices, loop, 1)
    loop.stopping = True
    notices.stopping()
    turns(notices, loop, 20)
    assert manager.words("STOPPING") == [1]
    assert manager.words("STATUS")[-1] == "finishing what is in flight"
