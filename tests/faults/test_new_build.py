"""The worker's program changes on disk while it is at work: a reload takes the new one, or says why not."""

import signal
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from supervisor import control
from tests.helpers.program import Program
from tests.helpers.traces import alive, eventually, zygotes
from tests.helpers.witness import key_of, watching

BUILD = "select distinct quarantine_build from healthsup.checks where quarantined_at is not null"


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path)


@pytest.fixture
def held(system):
    """Two users of a provider that keeps the first one waiting."""
    users = system.tenants.users(2)
    with watching(system) as seen:
        for user in users:
            seen.credential(system, user)
        seen.hold(key_of(users[0]))
        yield users, seen


def zygote(running):
    (pid,) = zygotes(running.process.pid)
    return pid


def no_death(running):
    return not running.all("worker.died") and not running.all("zygote.died")


@pytest.mark.parametrize("how", ["command", "SIGHUP"])
def test_a_reload_takes_the_new_program_between_checks(system, program, held, how):
    users, seen = held
    with system.run(python=program.python) as running:
        seen.wait(key_of(users[0]))
        running.wait("worker.ready", role="spare")
        old, worker = zygote(running), running.worker_pid
        program.change("look.py")
        if how == "command":
            done = system.command("reload")
            assert (done.returncode, done.stdout) == (0, ""), done.stderr
        else:
            running.process.send_signal(signal.SIGHUP)
            running.wait("config.reloaded")
        assert len(zygotes(running.process.pid)) == 2, "the old one's worker is still at its check"
        assert (alive(old), alive(worker)) == (True, True)
        seen.release(key_of(users[0]))
        running.wait("worker.retired", pid=worker, reason="build")
        running.wait("worker.ready", role="active", count=2)
        assert eventually(lambda: not alive(old))
        assert running.wait("pass.finished")["checks"] == len(users)
        new = zygote(running)
        assert system.command("reload").returncode == 0
        running.wait("worker.retired", reason="reload")
        assert zygote(running) == new, "this program is at work already"
        assert no_death(running)
        assert running.stop() == 0
    assert seen.asked == {key_of(user): 1 for user in users}
    assert system.statuses() == dict.fromkeys(users, "healthy")


def test_what_the_program_before_had_quarantined_runs_again(system, program):
    (user,) = system.tenants.users(1)
    system.openai(user, "good", "segv-probe")
    with system.run("workers.faults", python=program.python) as running:
        running.wait("check.quarantined")
        running.wait("pass.finished")
        before = system.tenants.rows(BUILD)
        program.change("faults.py", '    "segv": ', '    "segw": ')
        assert system.command("reload").returncode == 0
        running.wait("worker.retired", reason="build")
        system.tenants.run("update healthsup.checks set next_due = now()")
        running.wait("status.changed", current="healthy")
        assert len(running.all("worker.died")) == 2
        assert running.stop() == 0
    assert len(before) == 1
    assert system.statuses() == {user: "healthy"}


UNFIT = {
    "of another version": (("wire.py", "VERSION: Final = ", "VERSION: Final = 1"), "is not this supervisor's"),
    "that says something else first": (("wire.py", 'tag="born"', 'tag="hatched"'), "is not this supervisor's"),
    "with a mistake": (("look.py", "", "\ndef\n"), "does not start (SyntaxError: "),
}


@pytest.mark.parametrize(("change", "words"), UNFIT.values(), ids=UNFIT)
def test_a_program_that_is_of_no_use_is_refused_and_everything_goes_on(system, program, held, change, words):
    users, seen = held
    with system.run(python=program.python) as running:
        seen.wait(key_of(users[0]))
        running.wait("worker.ready", role="spare")
        old, worker = zygote(running), running.worker_pid
        program.change(*change)
        done = system.command("reload")
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert words in line
        assert words in running.wait("config.refused")["cause"]
        seen.release(key_of(users[0]))
        running.wait("pass.finished")
        assert (zygote(running), running.worker_pid) == (old, worker)
        assert no_death(running)
        assert not running.all("worker.retired")
        assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")


def test_two_reloads_at_once_are_answered_one_after_the_other(system, program, held):
    users, seen = held
    with system.run(python=program.python) as running, ThreadPoolExecutor() as pool:
        seen.wait(key_of(users[0]))
        running.wait("worker.ready", role="spare")
        program.change("look.py")
        reload = partial(control.ask, str(system.directory / "run"), {"do": "reload"})
        asked = [pool.submit(reload) for _ in range(3)]
        assert [one.result() for one in asked] == [{"ok": True}] * 3
        seen.release(key_of(users[0]))
        running.wait("worker.retired", reason="reload")
        assert eventually(lambda: len(zygotes(running.process.pid)) == 1)
        assert no_death(running)
        assert running.stop() == 0


def test_a_third_program_waits_until_the_first_is_done(system, program, held):
    users, seen = held
    with system.run(python=program.python) as running:
        seen.wait(key_of(users[0]))
        running.wait("worker.ready", role="spare")
        program.change("look.py")
        assert system.command("reload").returncode == 0
        program.change("look.py")
        done = system.command("reload")
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert "reload again" in done.stderr
        seen.release(key_of(users[0]))
        running.wait("worker.ready", role="active", count=2)
        assert system.command("reload").returncode == 0
        assert no_death(running)
        assert running.stop() == 0
