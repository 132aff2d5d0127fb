"""The kernel gives no process more: what lives goes on, and is not ended for the sake of what could not be made."""

import os
import resource
import signal

from tests.helpers.cgroup import limited
from tests.helpers.traces import zygotes

REFUSED = "healthsup: the key cannot be looked at (Resource temporarily unavailable)\n"


def finished_by_the_first(system, users, running):
    """The active worker was neither killed nor disturbed."""
    assert running.wait("pass.finished")["checks"] == len(users)
    assert system.statuses() == dict.fromkeys(users, "healthy")
    assert [one["generation"] for one in running.all("worker.died")] == [2]
    assert not running.all("zygote.died")
    assert not running.all("check.retried")


def test_a_spare_for_which_there_is_no_process_costs_the_worker_nothing(system, users):
    with (
        limited("pids", {"2": "pids.max", "1": "pids.max"}, "max") as cgroup,
        system.run(wrapper=cgroup.enter) as running,
    ):
        spare = running.wait("worker.ready", role="spare")
        cgroup.write("pids.max", 1)
        os.kill(spare["pid"], signal.SIGKILL)
        said = running.wait("worker.not_started", count=2)
        assert said["cause"] == "no worker can be made (Resource temporarily unavailable)"
        finished_by_the_first(system, users, running)
        cgroup.write("pids.max", "max")
        running.wait("worker.ready", role="spare", count=2)
        assert running.stop() == 0


def test_a_zygote_without_room_for_descriptors_says_so_and_lives(system, users):
    with system.run() as running:
        spare = running.wait("worker.ready", role="spare")
        (parent,) = zygotes(running.process.pid)
        before = resource.prlimit(parent, resource.RLIMIT_NOFILE)
        resource.prlimit(parent, resource.RLIMIT_NOFILE, (4, before[1]))
        os.kill(spare["pid"], signal.SIGKILL)
        said = running.wait("worker.not_started", count=2)
        assert said["cause"] == "no worker can be made (Too many open files)"
        finished_by_the_first(system, users, running)
        resource.prlimit(parent, resource.RLIMIT_NOFILE, before)
        running.wait("worker.ready", role="spare", count=2)
        assert running.stop() == 0


def test_a_reload_for_which_there_is_no_process_is_refused_and_costs_nothing(system, users):
    with (
        limited("pids", {"2": "pids.max", "1": "pids.max"}, "max") as cgroup,
        system.run(wrapper=cgroup.enter) as running,
    ):
        running.wait("worker.ready", role="spare")
        cgroup.write("pids.max", 1)
        done = system.command("reload")
        assert (done.returncode, done.stderr) == (1, REFUSED)
        assert running.wait("config.refused")["cause"] in REFUSED
        cgroup.write("pids.max", "max")
        assert system.command("reload").returncode == 0
        assert running.wait("pass.finished")["checks"] == len(users)
        assert running.stop() == 0


def test_a_supervisor_without_a_descriptor_left_goes_on(system, users):
    with system.run() as running:
        running.wait("worker.ready", role="spare")
        pid = running.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (16, before[1]))
        os.kill(running.worker_pid, signal.SIGKILL)
        said = running.wait("worker.not_started", count=5)  # each pause is longer: whatever is due now and then was
        assert said["cause"] == "no worker can be made (Too many open files)"
        assert running.wait("pass.finished")["checks"] == len(users)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        running.wait("worker.ready", role="spare", count=2)
        assert running.stop() == 0
