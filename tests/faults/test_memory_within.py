"""The worker's own room is full: it ends, and says nothing about the credential that met it."""

import os
from contextlib import suppress

import pytest

from supervisor import blame
from supervisor.channel import Channel
from supervisor.launcher import Ending
from supervisor.standin import StandIn
from tests.helpers.worker import BOUND, bench, check, seal
from workers import wire
from workers.channel import Channel as Wire
from workers.loop import CRASHED
from workers.wire import Phase


@pytest.fixture(scope="module")
def market():
    with StandIn() as standin:
        yield standin


@pytest.mark.parametrize("phase", ["decrypt", "validate", "connect", "probe", "report"])
def test_it_ends_by_an_exit_that_blames_nobody_and_says_where(tmp_path, market, phase):
    sealed = seal("openai", {"apiKey": f"sk-demo-good-fault-starve-{phase}-123456"})
    with bench(tmp_path, market.base_url, program="workers.faults") as worker:
        worker.set_up()
        job = worker.send(check(41, sealed))
        assert list(worker.messages()) == []
        assert worker.child.reap(within=BOUND) == Ending(None, CRASHED)
        working = blame.at_work(worker.child.page.places(), {(job, 41)})
        judged = blame.judge(signal=None, dump=worker.child.dump.read(), working=working)
        assert (judged.judgement, judged.suspects) == ("unexplained", (blame.Work(job, 41, Phase(phase)),))
        assert worker.child.read_stderr().startswith("unexpected MemoryError in _starve")


def test_the_check_that_fills_it_is_found_by_running_alone(system):
    guilty, *others = system.tenants.users(4)
    for user in (guilty, *others):
        system.openai(user, "good" if user == guilty else "slow-400ms", "starve-probe" if user == guilty else "")
    system.configure(worker={"window": 4})
    with system.run("workers.faults") as running:
        running.wait("pass.finished", within=60)
        died = {(one["exit_code"], one["judgement"]) for one in running.all("worker.died")}
        assert died == {(CRASHED, "unexplained")}
        assert [one["user_id"] for one in running.all("check.quarantined")] == [guilty]
        assert running.stop() == 0
    assert system.statuses() == {guilty: "unknown"} | dict.fromkeys(others, "healthy")


def test_a_worker_that_fails_keeps_its_wire_until_it_has_ended(tmp_path):
    """One that is cut off and still there is taken for a rogue."""
    with Channel(tmp_path / "w.sock") as supervisor:
        worker = Wire(supervisor.endpoint, "w-1", 1)
        with suppress(MemoryError), worker:
            worker.send(wire.Hello(wire.VERSION, 1, os.getpid(), "0123456789abcdef"))
            assert supervisor.wait(BOUND).messages
            raise MemoryError
        assert [received.identity for received in supervisor.receive()] == ["w-1"]
        assert supervisor.reaches("w-1")
        worker.close()
