"""What is planned is no death, and what is idle may die for ever."""

import os
import signal
from contextlib import ExitStack

from tests.helpers.witness import key_of, watching


def test_a_reload_in_the_middle_of_a_long_job_finishes_the_check_and_hands_the_rest_on(system):
    (user,) = system.tenants.users(1)
    with watching(system) as seen, ExitStack() as stack:
        for environment in ("production", "sandbox"):
            seen.credential(system, user, environment=environment)
        seen.hold(key_of(user))
        running = stack.enter_context(system.run())
        seen.wait(key_of(user))
        assert system.command("reload").returncode == 0
        seen.release(key_of(user))
        finished = running.wait("pass.finished")
        assert (finished["checks"], finished["worker_crashes"]) == (2, 0)
        assert running.all("worker.retired", reason="reload")
        assert not running.all("worker.died")
        assert not running.all("check.retried")
        assert running.stop() == 0
    assert seen.asked == {key_of(user): 2}
    assert system.json("crashes") == []


def test_an_idle_worker_may_be_killed_again_and_again(system):
    (user,) = system.tenants.users(1)
    system.openai(user, "good")
    with system.run() as running:
        running.wait("pass.finished")
        for kill in range(1, 8):
            running.wait("worker.ready", count=kill + 1)
            os.kill(running.worker_pid, signal.SIGKILL)
            running.wait("worker.died", count=kill, within=60)
        assert running.process.poll() is None
        assert running.stop() == 0


def test_a_key_that_goes_missing_leaves_a_worker_that_is_well_alone(system, short_dir):
    users = system.tenants.users(2)
    for user in users:
        system.openai(user, "good")
    key = short_dir / "key"
    key.write_text(system.environ.pop("ENCRYPTION_KEY"))
    system.configure(keys={"encryption_key_file": str(key)})
    with system.run() as running:
        running.wait("worker.ready", role="spare")
        key.rename(short_dir / "away")
        os.kill(running.worker_pid, signal.SIGKILL)
        assert "key" in running.wait("worker.not_started")["cause"]
        running.wait("pass.finished")
        (short_dir / "away").rename(key)
        running.wait("worker.ready", role="spare", count=2)
        assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")
