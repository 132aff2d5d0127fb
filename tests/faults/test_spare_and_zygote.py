"""The zygote and the hot spare: each may die, each heals, nothing is lost."""

import os
import signal
from pathlib import Path

import pytest

from supervisor.errors import Transient
from supervisor.schedule import Claim
from tests.helpers.puppets import Theatre
from tests.helpers.system import BOUND
from tests.helpers.traces import children, zygotes


def finished(system, users, running):
    assert running.wait("pass.finished")["checks"] == len(users)
    assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")
    counts = system.tenants.rows('select "userId", count(*) from api_status_history group by 1')
    assert dict(counts) == dict.fromkeys(users, 1)


def test_the_spare_takes_over_without_a_start(system, users):
    with system.run() as running:
        running.wait("worker.ready", role="spare")
        running.wait("status.changed", count=2)
        os.kill(running.worker_pid, signal.SIGSEGV)
        running.wait("worker.died")
        (shown,) = system.json("worker", "show")
        assert shown["generation"] == 2
        running.wait("worker.ready", role="spare", count=2)
        finished(system, users, running)
        assert len(running.all("worker.ready", role="active")) == 1


def test_a_spare_that_dies_is_named_and_replaced(system, users):
    with system.run() as running:
        spare = running.wait("worker.ready", role="spare")
        os.kill(spare["pid"], signal.SIGABRT)
        died = running.wait("worker.died")
        assert (died["signal"], died["generation"], died["phase"], died["user_id"]) == ("SIGABRT", 2, "idle", None)
        running.wait("worker.ready", role="spare", count=2)
        finished(system, users, running)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_zygote_that_dies_takes_its_workers_along_and_all_three_heal(system, users, number):
    with system.run() as running:
        running.wait("worker.ready", role="spare")
        running.wait("status.changed", count=2)
        os.kill(*zygotes(running.process.pid), number)
        running.wait("zygote.died")
        running.wait("worker.ready", count=4)
        finished(system, users, running)
        assert not running.all("worker.died", judgement="check")


@pytest.fixture
def theatre(tmp_path):
    made = Theatre(tmp_path)
    yield made
    made.close()


def test_a_zygote_that_is_found_dead_by_whoever_asks_it_for_a_worker_is_told_of_once(theatre, caplog):
    """The worker's death is seen first, and its follower is asked of a zygote that is no more."""
    nursery, fd = theatre.worker.cradle._launcher.nursery, os.eventfd(0)
    nursery.pid, nursery.fd = 8, fd
    theatre.worker.cradle.look()
    theatre.get_ready().kill()

    def fails(*_):
        if nursery.pid is not None:
            nursery.deaths.append("oh")
        nursery.pid = nursery.fd = None
        raise Transient("the zygote made no worker", "a new one is started")

    theatre.worker.cradle._launcher.spawn = fails
    theatre.bury()
    for _ in range(3):
        theatre.now += 5
        theatre.worker.tick(theatre.now)
    os.close(fd)
    told = [record.getMessage() for record in caplog.records]
    assert told.count("zygote.died") == 1
    assert "worker.not_started" in told


@pytest.mark.parametrize("told", [True, False])
def test_one_that_was_told_to_stop_may_close_its_wire_before_it_ends(theatre, told):
    who = theatre.get_ready()
    if told:
        theatre.worker.recycle(theatre.now, "recycle_after")
    theatre.channel.departures += 1
    for _ in range(2):
        theatre.worker.tick(theatre.now)
        theatre.now += 3
    assert who.killed is not told


@pytest.mark.parametrize("role", ["active", "spare"])
def test_one_that_stands_still_without_work_is_replaced_before_it_gets_any(theatre, role):
    active = theatre.get_ready()
    spare = theatre.get_ready(theatre.get_spare())
    who = active if role == "active" else spare
    began = theatre.now
    who.page.beat(began)
    for seconds in (9.9, 10.1, 11.0):
        theatre.worker.tick(began + seconds)
        assert not who.killed
    theatre.worker.tick(began + 11.1)
    assert who.killed
    theatre.desk.put([Claim(11, 1, 1, "openai", "production", "x", 0.0)], probe=True)
    theatre.worker.send(1, began + 11.1)
    assert bool(theatre.desk.in_flight) == (role == "spare")
    theatre.bury()
    assert [(died.judgement, died.generation) for died in theatre.died] == [("idle", who.generation)]


def test_one_that_has_moved_by_the_second_look_had_stood_still_together_with_us(theatre):
    """All of us were frozen, and are thawed."""
    who = theatre.get_ready()
    who.page.beat(theatre.now)
    theatre.worker.tick(theatre.now + 60)
    who.page.beat(theatre.now + 60)
    theatre.worker.tick(theatre.now + 61.5)
    assert not who.killed


def test_one_that_stands_still_at_work_has_until_its_deadline(theatre):
    who = theatre.get_ready()
    theatre.give(11)
    who.page.beat(theatre.now)
    for seconds in (20, 22):
        theatre.worker.tick(theatre.now + seconds)
    assert not who.killed


def test_one_that_is_dead_and_not_reaped_has_not_left_its_wire_against_the_contract(theatre):
    """Its zygote hangs."""
    who = theatre.get_ready()
    theatre.give(11)
    theatre.worker.tick(theatre.now)
    reap, who.reap = who.reap, lambda **_: None
    who.kill()
    theatre.bury()
    theatre.channel.departures += 1
    for _ in range(3):
        theatre.now += 3
        theatre.worker.tick(theatre.now)
    who.reap = reap
    theatre.bury()
    assert [died.judgement for died in theatre.died] == ["idle"]


def test_a_stopped_system_has_left_no_process(system, users):
    with system.run() as running:
        running.wait("worker.ready", role="spare")
        (parent,) = zygotes(running.process.pid)
        family = [running.process.pid, parent, *children(parent)]
        assert len(family) == 4
        finished(system, users, running)
    assert not [pid for pid in family if Path(f"/proc/{pid}").exists()]


def test_a_worker_that_has_done_its_number_of_jobs_is_replaced_between_jobs(system, users):
    system.configure(worker={"recycle_after": 4})
    with system.run() as running:
        finished(system, users, running)
        assert len(running.all("worker.retired", reason="recycle_after")) >= 2
        assert not running.all("worker.died")


def test_a_hang_that_keeps_the_interpreters_lock_leaves_last_words(system):
    (user,) = system.tenants.users(1)
    system.openai(user, "good", "hang-probe")
    system.configure(worker={"check_deadline": 2})
    with system.run("workers.faults") as running:
        assert running.wait("worker.died", within=BOUND)["judgement"] == "deadline"
        running.wait("pass.finished")
        assert running.stop() == 0
    (crash,) = system.json("crashes")
    assert "place_0" in crash["traceback"]
    assert (crash["judgement"], crash["phase"]) == ("deadline", "probe")


def test_auto_begins_serial_opens_while_work_is_overdue_and_closes_at_a_crash_but_not_at_a_spares(system):
    users = system.tenants.users(150)
    for user in users:
        system.openai(user, "slow-100ms")
    system.configure(worker={"window": "auto", "window_max": 8})
    with system.run() as running:
        assert running.wait("supervisor.started")["window"] == 1
        opened = running.wait("window.changed")
        assert (opened["previous"], opened["window"]) == (1, 2)
        running.wait("window.changed", window=4)
        os.kill(running.wait("worker.ready", role="spare")["pid"], signal.SIGKILL)
        running.wait("worker.ready", role="spare", count=2)
        assert not running.all("window.changed", window=1)
        os.kill(running.worker_pid, signal.SIGKILL)
        assert running.wait("window.changed", window=1)["previous"] >= 4
        running.wait("pass.finished", within=60)
        assert max(one["window"] for one in running.all("window.changed")) <= 8
        assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")
