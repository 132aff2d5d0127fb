"""The kernel ends the worker for want of memory, in a cgroup of the test's own: told apart from a signal by a person."""

import os
import signal
from contextlib import ExitStack, suppress

import pytest

from tests.helpers.cgroup import limited
from tests.helpers.witness import key_of, watching

LIMIT = 300 << 20  # what a `run` needs is half of it


@pytest.fixture
def cramped():
    """What to put before a command so that it runs in a cgroup with a limit."""
    with limited("memory", {"2": "memory.max", "1": "memory.limit_in_bytes"}, LIMIT) as cgroup:
        for swap in ("memory.swap.max", "memory.swappiness"):
            with suppress(OSError):
                cgroup.write(swap, "0")
        yield cgroup.enter


def test_a_check_that_takes_all_memory_is_blamed_for_it_and_quarantined(system, cramped):
    guilty, *others = system.tenants.users(3)
    for user in (guilty, *others):
        system.openai(user, "good", "gorge-probe" if user == guilty else "")
    system.configure(worker={"window": 1})
    with system.run("workers.faults", cramped) as running:
        running.wait("pass.finished", within=60)
        died = [(one["signal"], one["judgement"], one["user_id"], one["phase"]) for one in running.all("worker.died")]
        assert died == [("SIGKILL", "oom", guilty, "probe")] * 2
        assert [one["user_id"] for one in running.all("check.quarantined")] == [guilty]
        assert running.stop() == 0
    assert system.statuses() == {guilty: "unknown"} | dict.fromkeys(others, "healthy")
    assert {crash["judgement"] for crash in system.json("crashes")} == {"oom"}


def test_in_company_nobody_is_blamed_before_each_ran_alone(system, cramped):
    guilty, *others = system.tenants.users(4)
    for user in (guilty, *others):
        system.openai(user, "good" if user == guilty else "slow-400ms", "gorge-probe" if user == guilty else "")
    system.configure(worker={"window": 4})
    with system.run("workers.faults", cramped) as running:
        running.wait("pass.finished", within=60)
        assert {one["judgement"] for one in running.all("worker.died")} == {"oom"}
        assert [one["user_id"] for one in running.all("check.quarantined")] == [guilty]
        assert running.stop() == 0
    assert system.statuses() == {guilty: "unknown"} | dict.fromkeys(others, "healthy")


def test_a_kill_by_a_person_after_one_by_the_kernel_is_told_apart(system, cramped):
    guilty, slow = system.tenants.users(2)
    system.openai(guilty, "good", "gorge-probe")
    with watching(system, strikes=1) as seen, ExitStack() as stack:
        seen.credential(system, slow)
        seen.hold(key_of(slow))
        running = stack.enter_context(system.run("workers.faults", cramped))
        running.wait("worker.died", judgement="oom")
        seen.wait(key_of(slow))
        os.kill(running.worker_pid, signal.SIGKILL)
        assert running.wait("worker.died", count=2)["judgement"] == "unexplained"
        seen.release(key_of(slow))
        running.wait("pass.finished")
        assert running.stop() == 0
    assert system.statuses() == {guilty: "unknown", slow: "healthy"}
