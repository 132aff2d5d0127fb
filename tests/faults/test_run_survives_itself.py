"""The end of `run` itself: killed, stopped, replaced; and of the database under it."""

import os
import signal
import time
from pathlib import Path

import psycopg
import pytest

from tests.helpers.system import BOUND
from tests.helpers.witness import key_of, watching


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_killed_it_leaves_no_worker_and_the_next_start_takes_everything_up(system):
    users = system.tenants.users(10)
    with watching(system, window=2) as seen:
        for user in users:
            seen.credential(system, user)
        seen.hold(key_of(users[4]))
        killed_amid(system, seen, key_of(users[4]))
    assert system.statuses() == dict.fromkeys(users, "healthy")
    history = system.tenants.rows('select "userId", count(*) from api_status_history group by 1')
    assert dict(history) == dict.fromkeys(users, 1)


def killed_amid(system, seen, held):
    with system.run() as running:
        seen.wait(held)
        worker = running.worker_pid
        assert alive(worker)
        running.process.send_signal(signal.SIGKILL)
        running.process.wait(BOUND)
        end = time.monotonic() + BOUND
        while alive(worker):
            assert time.monotonic() < end
            time.sleep(0.001)
    leases = "select count(*) from healthsup.checks where leased_by is not null"
    assert system.tenants.value(leases) > 0
    seen.release(held)
    with system.run() as again:
        again.wait("pass.finished")
        assert again.stop() == 0
    assert system.tenants.value(leases) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_it_lets_what_is_in_flight_finish_stores_it_and_ends_with_0(system, number):
    users = system.tenants.users(40)
    for user in users:
        system.openai(user, "slow-700ms")
    system.configure(worker={"window": 4})
    system.market.clear()
    with system.run() as running:
        running.wait("worker.ready")
        assert system.market.arrived("demo-slow-700ms", BOUND)
        assert running.stop(number) == 0
        assert running.all("supervisor.stopped")
        assert running.all("worker.retired")[-1]["reason"] == "stop"
        assert not running.all("worker.died")
    asked = {seen.mark: seen.times for seen in system.market.ledger()}
    assert 4 <= len(asked) < 40
    assert len(system.statuses()) == len(asked)
    assert system.tenants.value("select count(*) from healthsup.checks where leased_by is not null") == 0
    assert list(Path(system.directory, "run").iterdir()) == []


def test_nobody_is_missed_while_the_worker_is_killed_again_and_again(system):
    users = system.tenants.users(60)
    for user in users:
        system.openai(user, "slow-30ms")
    system.configure(worker={"window": 8})
    with system.run() as running:
        for kill in range(1, 6):
            running.wait("worker.ready", count=kill)
            running.wait("status.changed", count=kill * 8)
            os.kill(running.worker_pid, signal.SIGKILL)
            running.wait("worker.died", count=kill)
        finished = running.wait("pass.finished")
        assert finished["checks"] == 60
        assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")
    assert dict(system.tenants.rows('select "userId", count(*) from api_status_history group by 1')) == dict.fromkeys(
        users, 1
    )


def test_a_database_that_cuts_every_connection_delays_results_and_is_no_verdict(system):
    users = system.tenants.users(30)
    for user in users:
        system.openai(user, "slow-60ms")
    system.configure(worker={"window": 2})
    with system.run() as running:
        running.wait("status.changed", count=4)
        with psycopg.connect(system.conninfo, autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'healthsup'")
        finished = running.wait("pass.finished")
        assert finished["checks"] == 30
        assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")
    assert dict(system.tenants.rows('select "userId", count(*) from api_status_history group by 1')) == dict.fromkeys(
        users, 1
    )


def test_a_database_that_is_away_is_told_once_and_everything_is_stored_when_it_is_back(system):
    users = system.tenants.users(12)
    for user in users:
        system.openai(user, "slow-60ms")
    system.configure(database={"pool_timeout": 1})
    with system.run() as running, psycopg.connect(system.conninfo, autocommit=True) as admin:
        running.wait("status.changed", count=2)
        admin.execute("alter role healthsup nologin")
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'healthsup'")
        running.wait("database.lost")
        admin.execute("alter role healthsup login")
        running.wait("database.back")
        assert running.wait("pass.finished")["checks"] == 12
        assert (len(running.all("database.lost")), len(running.all("database.back"))) == (1, 1)
        assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")


def test_a_second_run_beside_the_first_is_refused_with_one_line(system):
    with system.run() as running:
        running.wait("supervisor.started")
        done = system.command("run")
        assert done.returncode == 69
        assert len(done.stderr.splitlines()) == 1
        assert running.stop() == 0
