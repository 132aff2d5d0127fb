"""What users of other supervisors complain of, done to ours. The threads' numbers stand in the docstrings.

Told elsewhere in this directory: a poison job runs for ever (celery#9082, sidekiq#3400): test_quarantine; one crash
breaks the pool (cpython#139486, apscheduler#362) and a nameless death (gunicorn#2762, billiard#322):
test_run_survives_its_worker, test_crash_in_a_place; the hard time limit hangs the pool (celery#2805): ibid.; rescue
races completion (river#1302): test_run_survives_its_worker, test_life_machine, test_database_edges; orphans
(Supervisor PR#199): test_supervisor_end; an identity that returns (libzmq#2019): test_life_machine for what a dead
generation says, here for what a stranger says.
"""

import os
import signal
from pathlib import Path

import pytest
import zmq

from tests.helpers.system import BOUND
from tests.helpers.traces import alive, children, eventually, zygotes

USERS = 10


def family(pid: int) -> list[int]:
    """Pids of the workers of a supervisor: its zygote's children."""
    return [worker for zygote in zygotes(pid) for worker in children(zygote)]


def asked(system) -> dict[str, int]:
    return {seen.mark: seen.times for seen in system.market.ledger() if seen.api == "openai"}


@pytest.fixture
def users(system):
    found = system.tenants.users(USERS)
    for user in found:
        system.openai(user, "slow-150ms")
    system.market.clear()
    return found


def finished(system, users, running):
    assert running.wait("pass.finished")["checks"] == len(users)
    assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")


def test_a_poison_job_that_ends_in_sigkill_is_not_retried_for_ever(system):
    """celery#8947, #1628; sidekiq#5300: retries are ignored when nobody can say what the signal was for."""
    guilty, *others = system.tenants.users(4)
    for user in (guilty, *others):
        system.openai(user, "good", "kill-probe" if user == guilty else "")
    system.configure(worker={"window": 2})
    with system.run("workers.faults") as running:
        running.wait("pass.finished")
        died = running.all("worker.died")
        assert {one["judgement"] for one in died} == {"unexplained"}
        assert 2 <= len(died) <= 5, "once with others, twice alone, and alone right after each of the others' answers"
        assert running.stop() == 0
    assert system.statuses() == {guilty: "unknown"} | dict.fromkeys(others, "healthy")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1])
def test_a_worker_that_others_tell_to_end_is_followed(system, users, number):
    """dramatiq#376, #505: an ending that is no crash ends everything, or is not noticed."""
    with system.run() as running:
        running.wait("status.changed", count=2)
        os.kill(running.worker_pid, number)
        finished(system, users, running)
        assert not running.all("worker.died", judgement="check")


def test_two_deaths_at_the_same_moment(system, users):
    """cpython#82265, #96062; parsl#1245: the result never comes after a kill."""
    with system.run() as running:
        running.wait("worker.ready", role="spare")
        running.wait("status.changed", count=2)
        for pid in family(running.process.pid):
            os.kill(pid, signal.SIGKILL)
        running.wait("worker.died", count=2)
        finished(system, users, running)


def test_everyone_but_the_supervisor_dies_at_the_same_moment(system, users):
    """pebble#163, #69; loky#1."""
    with system.run() as running:
        running.wait("worker.ready", role="spare")
        running.wait("status.changed", count=2)
        for pid in (*family(running.process.pid), *zygotes(running.process.pid)):
            os.kill(pid, signal.SIGKILL)
        running.wait("zygote.died")
        finished(system, users, running)


def test_a_worker_that_only_pauses_is_not_taken_for_dead(system, users):
    """uvicorn#2506; sglang#25040; dramatiq#692: a health ping is starved, and what lives is killed or run twice."""
    system.configure(worker={"window": 1})
    with system.run() as running:
        running.wait("status.changed", count=2)
        worker = running.worker_pid
        os.kill(worker, signal.SIGSTOP)
        before = len(asked(system))
        system.json("worker", "show")  # far longer than a check takes
        assert len(asked(system)) <= before + 1
        os.kill(worker, signal.SIGCONT)
        finished(system, users, running)
        assert not running.all("worker.died")
    assert asked(system) == {f"demo-slow-150ms-u{user}": 1 for user in users}


def test_a_hang_in_company_costs_only_the_one_that_hangs(system):
    """pebble#129; celery#4789: the limit hits whoever happens to be there. The interpreter's lock stops them all."""
    users = system.tenants.users(6)
    guilty = users[3]
    for user in users:
        system.openai(user, "slow-300ms" if user != guilty else "good", "hang-decrypt" if user == guilty else "")
    system.configure(worker={"window": 6, "check_deadline": 4})
    with system.run("workers.faults") as running:
        running.wait("pass.finished", within=60)
        assert running.stop() == 0
    reasons = {row["user_id"]: row["reason"] for row in system.json("status")}
    assert reasons == {user: "deadline" if user == guilty else "ok" for user in users}


def test_deaths_at_boot_are_followed_more_and_more_slowly_and_forgotten(system, users):
    """Supervisor#487, #1285; systemd#6129; circus#604: no back-off, or given up for good."""
    with system.run() as running:
        for death in range(1, 4):
            assert eventually(lambda: family(running.process.pid), BOUND)
            for pid in family(running.process.pid):
                os.kill(pid, signal.SIGKILL)
            assert running.wait("worker.died", count=death)["phase"] in {"boot", "idle"}
            assert eventually(lambda: not any(map(alive, family(running.process.pid))), BOUND)
        finished(system, users, running)


def test_a_stranger_on_the_wire_changes_nothing(system, users):
    """libzmq#2892, #778: whoever takes a name, or sends what is no message, must not reach the work of others."""
    with system.run() as running, zmq.Context() as context:
        running.wait("worker.ready")
        (path,) = Path(system.directory, "run").glob("worker-*.sock")
        for identity, frames in (
            (b"w-1-0", [b"junk"]),
            (b"\xff" * 40, [b"", b""]),
            (b"x", [b"\x93\xa7answers\x01\x90"]),
        ):
            with context.socket(zmq.DEALER) as stranger:
                stranger.set(zmq.IDENTITY, identity)
                stranger.set(zmq.LINGER, 1000)
                stranger.connect(f"ipc://{path}")
                stranger.send_multipart(frames)
        finished(system, users, running)
        assert not running.all("worker.died")


def test_a_zygote_that_hangs_is_replaced(system, users):
    """pebble#87; parsl#1245: the process that makes processes is the one that is stuck."""
    with system.run() as running:
        running.wait("worker.ready", role="spare")
        running.wait("status.changed", count=2)
        os.kill(*zygotes(running.process.pid), signal.SIGSTOP)
        os.kill(running.worker_pid, signal.SIGSEGV)
        assert running.wait("zygote.died")["line"] is None  # it said nothing; no fact is missing
        finished(system, users, running)
