"""`reload` and SIGHUP: all or nothing, without losing anybody; and what is asked of a `run` at work."""

import json
import signal
import time

import pytest

from tests.helpers.system import BOUND, KEY
from tests.helpers.witness import key_of, witness


def point_at(system, provider, **sections):
    given = {"providers.openai": {"base_url": provider.base_url}, "worker": {"window": 1}}
    system.configure(**(given | sections))


@pytest.fixture
def providers(system):
    """Two providers: the configuration names the first."""
    with witness() as old, witness() as new:
        point_at(system, old)
        yield old, new


@pytest.fixture
def users(system):
    made = system.tenants.users(3)
    for user in made:
        system.tenants.credential(user, "openai", text=system.seal({"apiKey": key_of(user)}))
    return made


def show(system):
    return json.loads(system.command("worker", "show", "--json").stdout)


def settle(system):
    """Wait until nothing is in hand: what is being stored would be given its own next moment."""
    end = time.monotonic() + BOUND
    while system.tenants.value("select count(*) from healthsup.checks where leased_by is not null"):
        assert time.monotonic() < end, "something stays leased"
        time.sleep(0.01)


def due_now(system):
    system.tenants.run("update healthsup.checks set next_due = now()")


@pytest.mark.parametrize("how", ["command", "SIGHUP"])
def test_a_good_configuration_is_taken_over_whole_and_nobody_is_lost(system, providers, users, how):
    old, new = providers
    slow = key_of(users[0])
    old.hold(slow)
    with system.run() as running:
        old.wait(slow)
        point_at(system, new, schedule={"startup_probe": True, "user_pause": 0, "interval": 3600})
        if how == "command":
            done = system.command("reload")
            assert (done.returncode, done.stdout) == (0, "")
        else:
            running.process.send_signal(signal.SIGHUP)
            running.wait("config.reloaded")
        old.release(slow)
        running.wait("worker.retired", reason="reload")
        assert running.wait("pass.finished")["checks"] == 3
        assert old.asked[slow] == 1
        settle(system)
        due_now(system)
        for user in users:
            new.wait(key_of(user), times=1 if user == users[0] else 2)
        assert not running.all("worker.died")
        assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")
    assert system.tenants.value("select max(strikes) from healthsup.checks") == 0


BAD = {  # sections to be changed, or the whole text, or no file at all
    "an unknown key": ({"worker": {"windw": 3}}, ["windw", "did you mean window?"]),
    "no TOML": ("[worker\n", ["is not TOML"]),
    "a value out of range": ({"probe": {"total_timeout": -1}}, ["probe.total_timeout"]),
    "another database": ({"database": {"dsn": "host=elsewhere password=hunter2"}}, ["[database] needs a restart"]),
    "no file": (None, ["does not exist"]),
    "a short key": ({"keys": {"encryption_key_file": "short"}}, ["32"]),
    "a missing key": ({"keys": {"encryption_key_file": "nowhere"}}, ["nowhere"]),
}


def test_a_bad_configuration_is_refused_with_its_reason_and_the_old_one_stays_in_force(system, providers, users):
    old, _ = providers
    good = system.config.read_text(encoding="utf-8")
    (system.directory / "short").write_text("a-short-secret", encoding="utf-8")
    with system.run() as running:
        running.wait("pass.finished")
        before = show(system)
        for name, (wrong, words) in BAD.items():
            if wrong is None:
                system.config.unlink()
            elif isinstance(wrong, str):
                system.config.write_text(wrong, encoding="utf-8")
            else:
                point_at(system, old, **wrong)
            done = system.command(
                "reload", env=system.environ | {"HEALTHSUP_CONTROL__DIR": str(system.directory / "run")}
            )
            assert (done.returncode, done.stdout) == (1, ""), (name, done.stderr)
            (line,) = done.stderr.splitlines()
            assert all(word in line for word in words), (name, line)
            refused = running.wait("config.refused", count=list(BAD).index(name) + 1)
            assert refused["level"] == "error"
            assert all(word in refused["cause"] for word in words), "the log says it as well"
            for secret in ("hunter2", "a-short-secret", KEY):
                assert secret not in line + refused["cause"]
        system.config.write_text(good, encoding="utf-8")
        assert show(system) == before
        settle(system)
        due_now(system)
        for user in users:
            old.wait(key_of(user), times=2)
        system.config.write_text("[wroker]\n", encoding="utf-8")
        running.process.send_signal(signal.SIGHUP)
        assert "wroker" in running.wait("config.refused", count=len(BAD) + 1)["cause"]
        system.config.write_text(good, encoding="utf-8")
        assert system.command("reload").returncode == 0
        assert running.stop() == 0


def test_a_worker_that_is_killed_by_command_costs_nobody_anything(system, providers, users):
    old, _ = providers
    slow = key_of(users[1])
    with system.run() as running:
        running.wait("pass.finished")
        before = show(system)
        for kill, name in enumerate(("", "BUS", "SIGKILL"), start=1):
            settle(system)
            asked = old.asked[slow]
            old.hold(slow)
            due_now(system)
            old.wait(slow, times=asked + 1)
            shown = show(system)
            assert shown["in_flight"] == [
                {"user_id": users[1], "api": "openai", "environment": "production", "phase": "probe"}
            ]
            assert (shown["supervisor_pid"], shown["worker_pid"]) == (running.process.pid, running.worker_pid)
            done = system.command("worker", "kill", *(["--signal", name] if name else []))
            assert done.returncode == 0, done.stderr
            running.wait("worker.died", count=kill)
            old.release(slow)
            old.wait(slow, times=asked + 2)
            running.wait("worker.ready", count=kill + 1)
        after = show(system)
        assert after["generation"] - before["generation"] == after["restarts"] - before["restarts"] == 3
        assert running.stop() == 0
    crashes = system.json("crashes")
    assert [one["signal"] for one in crashes] == ["SIGKILL", "SIGBUS", "SIGSEGV"], "newest first"
    assert system.json("crashes", "--limit", "2") == crashes[:2]
    assert {one["judgement"] for one in crashes} == {"unexplained"}
    assert system.statuses() == dict.fromkeys(users, "healthy")
    history = system.tenants.rows('select "userId", count(*) from api_status_history group by 1')
    assert dict(history) == dict.fromkeys(users, 1)
