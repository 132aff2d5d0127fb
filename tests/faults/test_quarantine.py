"""Two strikes in a row, and a check is held back until its credential or the worker changes, or a person says so."""

import os
import signal
from contextlib import ExitStack

import pytest

from tests.helpers.witness import key_of, watching


@pytest.fixture
def users(system):
    found = system.tenants.users(4)
    for user in found:
        system.openai(user, "good", "segv-probe" if user == found[1] else "")
    return found


def one_pass(system, program="workers.faults"):
    with system.run(program) as running:
        running.wait("pass.finished")
        assert running.stop() == 0
        return running


def reasons(system):
    return {row["user_id"]: (row["status"], row["reason"]) for row in system.json("status")}


def test_the_second_crash_in_a_row_quarantines_and_names_the_credential(system, users):
    running = one_pass(system)
    (held,) = running.all("check.quarantined")
    assert (held["user_id"], held["api"], held["strikes"]) == (users[1], "openai", 2)
    assert len(running.all("worker.died")) == 2
    (listed,) = system.json("quarantine", "list")
    assert set(listed) == {"user_id", "api", "environment", "strikes", "signal", "phase", "since"}
    assert (listed["user_id"], listed["strikes"], listed["signal"], listed["phase"]) == (
        users[1],
        2,
        "SIGSEGV",
        "probe",
    )
    assert reasons(system) == {
        user: ("unknown", "quarantined") if user == users[1] else ("healthy", "ok") for user in users
    }


def test_what_is_in_quarantine_is_told_and_never_run(system, users):
    one_pass(system)
    system.market.clear()
    running = one_pass(system)
    assert not running.all("worker.died")
    assert not running.all("check.quarantined")
    assert f"demo-good-u{users[1]}" not in {seen.mark for seen in system.market.ledger()}
    assert reasons(system)[users[1]] == ("unknown", "quarantined")


def test_a_changed_credential_is_free_by_itself(system, users):
    one_pass(system)
    text = system.seal({"apiKey": f"sk-demo-good-u{users[1]}-0123456789"})
    system.tenants.run('update api_credentials set credentials = %s where "userId" = %s', text, users[1])
    assert system.json("quarantine", "list") == []
    running = one_pass(system)
    assert not running.all("worker.died")
    assert reasons(system) == dict.fromkeys(users, ("healthy", "ok"))


def test_another_build_of_the_worker_is_given_a_chance(system, users):
    one_pass(system)
    system.tenants.run(
        "update healthsup.checks set quarantine_build = 'an older build' where quarantined_at is not null"
    )
    running = one_pass(system)
    assert len(running.all("worker.died")) == 2
    assert len(running.all("check.quarantined")) == 1


def test_released_by_hand_it_runs_again_and_a_completed_check_clears_its_strikes(system, users):
    one_pass(system)
    assert system.command("quarantine", "release", "--user", str(users[0]), "--api", "openai").returncode == 1
    assert system.command("quarantine", "release", "--user", str(users[1]), "--api", "openai").returncode == 0
    assert system.json("quarantine", "list") == []
    running = one_pass(system, "workers")
    assert not running.all("worker.died")
    assert reasons(system) == dict.fromkeys(users, ("healthy", "ok"))
    assert system.tenants.value("select max(strikes) from healthsup.checks") == 0


def test_a_deadline_is_stored_at_once_with_a_strike_and_the_second_in_a_row_quarantines(system):
    (user,) = system.tenants.users(1)
    system.openai(user, "good", "hang-decrypt")
    system.configure(worker={"check_deadline": 1})
    one_pass(system)
    assert reasons(system)[user] == ("unknown", "deadline")
    assert system.tenants.value("select strikes from healthsup.checks") == 1
    one_pass(system)
    assert reasons(system)[user] == ("unknown", "quarantined")


def test_killed_from_outside_twice_while_it_runs_alone_is_a_strike_but_once_is_nobodys(system):
    (user,) = system.tenants.users(1)
    with watching(system) as seen, ExitStack() as stack:
        seen.hold(key_of(user))
        seen.credential(system, user)
        running = stack.enter_context(system.run())
        for kill in (1, 2):
            running.wait("worker.ready", role="spare", count=kill)
            seen.wait(key_of(user), times=kill)
            os.kill(running.worker_pid, signal.SIGKILL)
            running.wait("check.retried", count=kill)
        seen.release(key_of(user))
        running.wait("pass.finished")
        assert not running.all("check.quarantined")
        assert running.stop() == 0
    assert reasons(system) == {user: ("healthy", "ok")}
