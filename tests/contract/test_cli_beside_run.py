"""The JSON fields of the contract, on a real system; and the commands that speak to a running `run`."""

import json
import os
import re
import resource
import signal

import pytest

from tests.helpers.system import BOUND
from tests.helpers.traces import eventually, zygotes

_STATUS = "user_id, api, environment, status, reason, fault, available, configured, latency_ms, trust_score, message, checked_at"
_CRASH = (
    "at, generation, pid, signal, exit_code, phase, user_id, api, environment, judgement, uptime_s, rss_mib, traceback"
)
_SHOW = "supervisor_pid, worker_pid, spare_pid, generation, state, window, in_flight, restarts, started_at"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def a_good_and_a_revoked(system):
    users = system.tenants.users(2)
    for user, word in zip(users, ("good", "revoked"), strict=True):
        system.openai(user, word)
    return users


def test_check_and_status_tell_the_contracts_fields_and_strict_says_no(system):
    good, revoked = a_good_and_a_revoked(system)
    done = system.command("check", "--json", "--strict")
    assert done.returncode == 1
    rows = {row["user_id"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert [", ".join(row) for row in rows.values()] == [_STATUS] * 2
    assert _INSTANT.fullmatch(rows[good]["checked_at"])
    told = {user: (row["status"], row["reason"], row["fault"], row["available"]) for user, row in rows.items()}
    assert told == {
        good: ("healthy", "ok", None, True),
        revoked: ("unhealthy", "invalid_credential", "tenant", False),
    }
    assert system.json("status") == sorted(rows.values(), key=lambda row: row["user_id"])
    assert system.json("status", "--user", str(good), "--api", "open-ai") == [rows[good]]
    assert system.command("check", "--user", str(good), "--strict").returncode == 0
    (change,) = system.json("history", "--user", str(revoked), "--api", "openai")
    assert (change["previous"], change["status"]) == (None, "unhealthy")


def test_a_dry_run_tells_but_stores_nothing(system):
    good, _ = a_good_and_a_revoked(system)
    (row,) = system.json("check", "--dry-run", "--user", str(good))
    assert row["status"] == "healthy"
    assert system.json("status") == []


def test_the_table_of_a_check_has_a_summary_beside_it(system):
    a_good_and_a_revoked(system)
    done = system.command("check")
    heading, *rows = done.stdout.splitlines()
    assert heading.split() == ["user", "api", "environment", "status", "reason", "ms", "trust", "checked", "message"]
    assert len(rows) == 2
    assert re.search(
        r"^2 checked in \d+\.\d s: 1 healthy, 0 degraded, 1 unhealthy, 0 unknown$", done.stderr, re.MULTILINE
    )


def test_a_running_supervisor_is_shown_shaken_and_reloaded(system):
    a_good_and_a_revoked(system)
    with system.run() as running:
        running.wait("pass.finished")
        shown = system.command("worker", "show", "--json")
        fields = json.loads(shown.stdout)
        assert ", ".join(fields) == _SHOW
        assert (fields["supervisor_pid"], fields["worker_pid"]) == (running.process.pid, running.worker_pid)
        assert (fields["generation"], fields["state"], fields["in_flight"]) == (1, "up", [])
        assert re.search(rf"^worker pid +{running.worker_pid}$", system.command("worker", "show").stdout, re.MULTILINE)

        assert system.command("worker", "kill", "--signal", "sigabrt").returncode == 0
        assert running.wait("worker.died")["signal"] == "SIGABRT"
        running.wait("worker.ready", count=2)
        (crash,) = system.json("crashes")
        assert ", ".join(crash) == _CRASH
        assert (crash["generation"], crash["signal"], _INSTANT.fullmatch(crash["at"]) is not None) == (
            1,
            "SIGABRT",
            True,
        )

        assert system.command("reload").returncode == 0
        system.configure(worker={"window": 0})
        done = system.command("reload")
        assert done.returncode == 1
        assert "worker.window is 0" in done.stderr
        assert running.process.poll() is None
        assert running.stop(signal.SIGTERM) == 0
    system.configure()
    assert system.command("worker", "show").returncode == 69


def test_a_health_check_succeeds_only_while_a_worker_is_up(system):
    """None can be made as long as there are no descriptors for it."""
    with system.run() as running:
        running.wait("worker.ready", count=2)
        assert system.command("worker", "show", "--strict").returncode == 0
        (shown,) = system.json("worker", "show")
        (zygote,) = zygotes(running.process.pid)
        before = resource.prlimit(zygote, resource.RLIMIT_NOFILE)
        resource.prlimit(zygote, resource.RLIMIT_NOFILE, (4, before[1]))
        for pid in (shown["spare_pid"], shown["worker_pid"]):
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: system.command("worker", "show", "--strict").returncode == 1, BOUND)
        assert system.command("worker", "show").returncode == 0
        resource.prlimit(zygote, resource.RLIMIT_NOFILE, before)
        assert eventually(lambda: system.command("worker", "show", "--strict").returncode == 0, BOUND)


def test_the_least_privilege_role_can_list_and_lacks_nothing(system):
    good, revoked = a_good_and_a_revoked(system)
    assert [user["id"] for user in system.json("user", "list")] == [good, revoked]
    assert [row["user_id"] for row in system.json("credential", "list", "--api", "openai")] == [good, revoked]
    done = system.command("doctor")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^ok +schema +version \d+, beside the backend's tables$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("right", "table"),
    [
        ("INSERT", "api_status_snapshots"),
        ("USAGE", "api_status_history_id_seq"),
        ("DELETE", "api_status_history"),
    ],
)
def test_what_stores_does_not_begin_where_its_role_may_not(system, right, table):
    a_good_and_a_revoked(system)
    owners = "sequence " if right == "USAGE" else ""
    system.tenants.run(f"revoke {right} on {owners}{table} from healthsup")
    for command in ("check", "run"):
        done = system.command(command)
        assert (done.returncode, done.stdout) == (78, "")
        assert f"healthsup: this role lacks {right} on {table}: grant what docs/howto/least-priv" in done.stderr
    assert f"{right} on {table}" in system.command("doctor").stdout
