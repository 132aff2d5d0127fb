"""`run` and the deaths of its worker: named, stored, nobody missed."""

import os
import signal

import pytest

from tests.helpers.witness import key_of, watching

SIGNALS = ["SIGSEGV", "SIGKILL", "SIGABRT", "SIGBUS"]


@pytest.fixture
def seen(system):
    with watching(system) as provider:
        yield provider


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_from_outside_costs_nobody_anything(system, seen, name):
    users = system.tenants.users(6)
    for user in users:
        seen.credential(system, user)
    seen.hold(key_of(users[2]))
    with system.run() as running:
        seen.wait(key_of(users[2]))
        os.kill(running.worker_pid, signal.Signals[name])
        died = running.wait("worker.died")
        seen.release(key_of(users[2]))
        assert (died["signal"], died["phase"], died["user_id"], died["api"]) == (name, "probe", users[2], "openai")
        assert died["judgement"] == "unexplained"
        finished = running.wait("pass.finished")
        assert (finished["users"], finished["checks"], finished["worker_crashes"]) == (6, 6, 1)
        assert running.wait("check.retried")["user_id"] == users[2]
        assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")
    (crash,) = system.json("crashes")
    assert (crash["signal"], crash["user_id"], crash["phase"], crash["generation"]) == (name, users[2], "probe", 1)


def test_a_check_that_crashes_the_worker_is_blamed_exactly_and_the_others_go_on(system):
    users = system.tenants.users(8)
    guilty = users[3]
    for user in users:
        system.openai(user, "good", "segv-probe" if user == guilty else "")
    system.configure(worker={"window": 4})
    with system.run("workers.faults") as running:
        finished = running.wait("pass.finished")
        assert finished["worker_crashes"] == 2
        assert {died["user_id"] for died in running.all("worker.died")} == {guilty}
        assert {died["judgement"] for died in running.all("worker.died")} == {"check"}
        assert [retried["user_id"] for retried in running.all("check.retried")] == [guilty]
        assert running.stop() == 0
    assert system.statuses() == {user: "unknown" if user == guilty else "healthy" for user in users}


@pytest.mark.parametrize("kind", ["stop", "hang"])
def test_a_check_that_hangs_is_killed_at_its_deadline_and_stored(system, kind):
    users = system.tenants.users(3)
    for user in users:
        system.openai(user, "good", f"{kind}-decrypt" if user == users[1] else "")
    system.configure(worker={"check_deadline": 3})
    with system.run("workers.faults") as running:
        running.wait("pass.finished")
        (died,) = running.all("worker.died")
        assert (died["signal"], died["user_id"], died["phase"], died["judgement"]) == (
            "SIGKILL", users[1], "decrypt", "deadline",
        )  # fmt: skip
        assert running.stop() == 0
    reasons = {row["user_id"]: row["reason"] for row in system.json("status")}
    assert reasons == {users[0]: "ok", users[1]: "deadline", users[2]: "ok"}


def test_a_worker_that_answers_and_crashes_at_once_loses_no_answer(system):
    users = system.tenants.users(12)
    for user in users:
        system.openai(user, "good", "segv-sent")
    system.configure(worker={"window": 1})  # in company another would be interrupted, and asked again
    system.market.clear()
    with system.run("workers.faults") as running:
        running.wait("pass.finished")
        running.wait("worker.died", count=12)
        assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")
    asked = {seen.mark: seen.times for seen in system.market.ledger() if seen.api == "openai"}
    assert asked == {f"demo-good-u{user}": 1 for user in users}, "a finished check was run again"


def test_without_a_usable_key_run_ends_with_78_and_one_line(system):
    system.tenants.users(1)
    system.environ["ENCRYPTION_KEY"] = "a-short-secret"
    done = system.command("run")
    assert done.returncode == 78
    assert "a-short-secret" not in done.stderr
    assert "32" in done.stderr.splitlines()[-1]
