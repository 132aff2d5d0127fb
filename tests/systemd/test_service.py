"""The unit at work under a real systemd: what it says of itself, what it survives, what it refuses."""

import json
import re

import pytest

from supervisor.telemetry import EVENT_FIELDS
from workers import sandbox

pytestmark = pytest.mark.slow

KEY = "/etc/healthsup/credentials/encryption_key"
EXPOSURE = re.compile(r"Overall exposure level for \S+: (\d+\.\d+)")

UP = r"\d+ checks, \d+ unhealthy; database ok; worker \d+ up \d+[smhd]; window \d+"


@pytest.fixture(autouse=True)
def at_work(box):
    """Each test begins with a healthy service that has not restarted, and leaves no drop-in behind."""
    box.run("systemctl", "reset-failed", "healthsup")
    box.run("systemctl", "start", "healthsup")
    yield
    box.without_drop_ins()


def state(box):
    return box.show("ActiveState", "MainPID", "NRestarts")


def test_ready_means_that_a_worker_is_and_the_status_line_says_how_things_are(box):
    shown = box.wait(StatusText=UP)
    worker = box.worker()
    assert f"worker {worker['generation']} up" in shown["StatusText"]
    started = box.journal("_PID=1", "UNIT=healthsup.service", "JOB_TYPE=start", "JOB_RESULT=done")[-1]
    ready = box.journal("EVENT=worker.ready", f"_PID={state(box)['MainPID']}")[0]
    assert int(ready["__REALTIME_TIMESTAMP"]) <= int(started["__REALTIME_TIMESTAMP"])


def test_the_exposure_is_that_of_the_best_network_servers(box):
    said = box.run("systemd-analyze", "security", "healthsup")
    assert float(EXPOSURE.search(said)[1]) <= 1.1


def test_systemd_has_nothing_to_say_against_the_unit(box):
    done = box.ask("systemd-analyze", "verify", "healthsup.service")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_worker_confines_itself_under_the_unit_as_it_does_without(box):
    layers = set(box.journal("EVENT=worker.ready")[-1]["CONFINEMENT"].split())
    offered = {"landlock"} if sandbox.landlock.version() else set()
    assert {"no-core", "no-new-privileges", "no-capabilities", "seccomp", "no-unix-sockets"} | offered <= layers
    limits = box.run("cat", f"/proc/{box.worker()['worker_pid']}/limits")
    assert re.search("Max processes +8192 +8192", limits), "half of the unit's: the other half is the supervisor's"


def test_ps_tells_who_is_who(box):
    box.wait(StatusText=UP)
    box.wait_journal("EVENT=worker.ready", "ROLE=spare", f"_PID={state(box)['MainPID']}")
    shown = box.worker()
    parts = {line.split(maxsplit=1)[0]: line for line in box.run("ps", "-eo", "pid=,comm=,args=").splitlines()}
    assert parts[str(shown["supervisor_pid"])].split()[1] == "healthsup"
    for name in ("worker_pid", "spare_pid"):
        assert re.search(r"hs-worker-(\d+) +healthsup: worker \1 zygote", parts[str(shown[name])])
    assert any(line.split()[1] == "hs-zygote" for line in parts.values())


def test_no_process_but_the_supervisor_has_the_managers_variables(box):
    main = int(state(box)["MainPID"])
    others = set(box.processes()) - {main}
    assert len(others) > 3, "zygote, worker, spare, the embedded database"
    for pid in others:
        environ = box.run("cat", f"/proc/{pid}/environ")
        assert not re.search("NOTIFY_SOCKET|WATCHDOG_", environ), environ


def test_an_event_is_a_record_with_fields_of_its_own(box):
    record = box.journal("EVENT=worker.ready", "SYSLOG_IDENTIFIER=healthsup")[0]
    assert {field.upper() for field in EVENT_FIELDS["worker.ready"]} <= record.keys()
    assert (record["PRIORITY"], record["_SYSTEMD_UNIT"]) == ("6", "healthsup.service")
    assert record["MESSAGE"].startswith("worker.ready generation=")


def test_a_worker_that_is_killed_is_news_in_the_journal_and_nothing_to_systemd(box):
    before, worker = state(box), box.worker()
    box.run("healthsup", "worker", "kill")
    died = box.wait_journal("EVENT=worker.died", f"PID={worker['worker_pid']}")
    assert (died["SIGNAL"], died["PRIORITY"]) == ("SIGSEGV", "4")
    box.wait(StatusText=rf".*; worker {worker['generation'] + 1} up .*")
    assert state(box) == before


def test_a_reload_is_over_when_systemctl_returns(box):
    before = state(box)
    box.run("systemctl", "reload", "healthsup")
    assert box.wait_journal("EVENT=config.reloaded", f"_PID={before['MainPID']}")["PRIORITY"] == "6"
    assert state(box) == before


def test_a_bad_reload_fails_with_its_reason_in_the_journal_and_changes_nothing(box):
    before, good = state(box), box.run("cat", "/etc/healthsup/healthsup.toml")
    box.configure(wroker={"window": 4})
    try:
        assert box.ask("systemctl", "reload", "healthsup").returncode == 1
        refused = box.wait_journal("EVENT=config.refused", f"_PID={before['MainPID']}")
        assert 'unknown section ["wroker"]' in refused["CAUSE"]
        assert refused["PRIORITY"] == "3"
        said = box.journal("SYSLOG_IDENTIFIER=healthsup", "_TRANSPORT=stdout", "PRIORITY=3")[-1]
        assert "did you mean worker?" in said["MESSAGE"], "the client says it as well"
        assert state(box) == before
    finally:
        box.write("/etc/healthsup/healthsup.toml", good)


def test_a_supervisor_that_hangs_is_ended_by_the_watchdog_and_started_anew(box):
    box.drop_in("watchdog", "[Service]\nWatchdogSec=3s\n")
    box.run("systemctl", "restart", "healthsup")
    main = state(box)["MainPID"]
    box.run("kill", "-STOP", main)
    box.wait(NRestarts="1", ActiveState="active", StatusText=".*database ok; worker 1 .*")
    assert state(box)["MainPID"] != main
    box.wait_journal("_PID=1", "UNIT=healthsup.service", "UNIT_RESULT=watchdog")
    stacks = box.journal(f"_PID={main}", "_TRANSPORT=stdout")
    assert any("Fatal Python error: Aborted" in record["MESSAGE"] for record in stacks)


def test_a_watchdog_of_seconds_is_fed_by_a_service_that_idles(box):
    box.drop_in("watchdog", "[Service]\nWatchdogSec=2s\n")
    box.run("systemctl", "restart", "healthsup")
    before = box.show("WatchdogTimestampMonotonic", "NRestarts")
    fed = set()
    while len(fed) < 5:
        fed.add(box.show("WatchdogTimestampMonotonic")["WatchdogTimestampMonotonic"])
    assert box.show("NRestarts") == {"NRestarts": before["NRestarts"]} == {"NRestarts": "0"}


def test_a_start_that_takes_long_is_given_the_time_while_the_database_is_opened(box):
    bin_dir = box.shell("dirname $(readlink -f /proc/$(pgrep -u healthsup -x postgres | head -n 1)/exe)").strip()
    box.shell(f"mkdir -p /opt/slow; ln -sf {bin_dir}/* /opt/slow; rm /opt/slow/postgres")
    box.write("/opt/slow/postgres", f'#!/bin/sh\nsleep 3\nexec {bin_dir}/postgres "$@"\n')
    box.run("chmod", "755", "/opt/slow/postgres")
    box.drop_in("slow", "[Service]\nTimeoutStartSec=4s\nEnvironment=HEALTHSUP_PG_BIN=/opt/slow\n")
    box.run("systemctl", "restart", "healthsup")
    took = box.show("ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic")
    assert int(took["ActiveEnterTimestampMonotonic"]) - int(took["ExecMainStartTimestampMonotonic"]) > 5_000_000
    box.wait(ActiveState="active", NRestarts="0")


def test_after_a_kill_of_the_supervisor_nothing_is_left_of_it_and_a_new_one_starts(box):
    main, old = state(box)["MainPID"], set(box.processes())
    box.run("kill", "-KILL", main)
    box.wait(NRestarts="1", ActiveState="active", StatusText=".*database ok; worker 1 .*")
    assert not old & set(box.processes())


def killed(box) -> int:
    """How often systemd had to kill a process of the unit."""
    return sum("Killing process" in said["MESSAGE"] for said in box.journal("_PID=1", "UNIT=healthsup.service"))


def test_a_stop_is_quick_orderly_and_leaves_nothing(box):
    main, before = state(box)["MainPID"], killed(box)
    box.run("systemctl", "stop", "healthsup", within=30)  # systemd itself would wait for longer
    assert box.show("Result", "ActiveState") == {"Result": "success", "ActiveState": "inactive"}
    box.wait_journal("EVENT=supervisor.stopped", f"_PID={main}")
    assert killed(box) == before, "everyone went by himself"
    assert box.ask("test", "-e", "/run/healthsup").returncode == 1
    assert box.ask("pgrep", "-u", "healthsup").returncode == 1


def refuses_to_start(box) -> str:
    """Start it; the one line with which it ends, after which systemd tries no more."""
    assert box.ask("systemctl", "restart", "healthsup").returncode == 1
    box.wait(ActiveState="failed", SubState="failed", ExecMainStatus="78", NRestarts="0")
    return box.journal("SYSLOG_IDENTIFIER=healthsup", "PRIORITY=3", "_TRANSPORT=stdout")[-1]["MESSAGE"]


def test_a_bad_configuration_is_one_line_and_no_restart_loop(box):
    good = box.run("cat", "/etc/healthsup/healthsup.toml")
    box.configure(worker={"window": 0})
    try:
        assert "worker.window" in refuses_to_start(box)
    finally:
        box.write("/etc/healthsup/healthsup.toml", good)


def test_a_missing_key_is_one_line_and_no_restart_loop(box):
    box.run("mv", KEY, f"{KEY}.away")
    try:
        line = refuses_to_start(box)
        assert "the systemd credential" in line
        assert "put the backend's ENCRYPTION_KEY there" in line
    finally:
        box.run("mv", f"{KEY}.away", KEY)


def test_a_record_that_is_too_large_for_a_datagram_is_in_the_journal_whole(box):
    script = (
        "import logging; from supervisor.telemetry.journal import JournalHandler;"
        "r = logging.LogRecord('healthsup', 30, '', 0, 'test.large', (), None);"
        "r.facts = {'line': 'x' * 300_000, 'two': 'a\\nEVENT=forged'}; JournalHandler().emit(r)"
    )
    python = "/opt/healthsup/current/bin/python"
    box.run("systemd-run", "--wait", "--quiet", "-pUser=healthsup", python, "-P", "-c", script)
    record = box.wait_journal("EVENT=test.large", "--all")
    assert (len(record["LINE"]), record["TWO"], record["PRIORITY"]) == (300_000, "a\nEVENT=forged", "4")
    assert box.journal("EVENT=forged") == []


def test_the_command_finds_the_service_for_root_and_for_its_own_user(box):
    assert box.worker()["state"] == "up"
    as_service = box.run("runuser", "-u", "healthsup", "--", "healthsup", "worker", "show", "--json")
    assert json.loads(as_service)["supervisor_pid"] == int(state(box)["MainPID"])
    stranger = box.ask("runuser", "-u", "nobody", "--", "healthsup", "worker", "show")
    assert (stranger.returncode, "permission denied" in stranger.stderr) == (78, True)


def test_the_key_is_the_administrators_and_not_the_services(box):
    assert box.ask("runuser", "-u", "healthsup", "--", "cat", KEY).returncode == 1
    assert box.run("stat", "-c", "%U %a", KEY) == "root 600\n"


def test_man_and_the_shell_know_the_command(box):
    assert "healthsup.1" in box.run("man", "-w", "healthsup")
    assert "healthsup.toml.5" in box.run("man", "-w", "healthsup.toml")
    completion = "/usr/local/share/bash-completion/completions/healthsup"
    asked = f"source {completion}; COMP_WORDS=(healthsup qu); COMP_CWORD=1; _healthsup_completion healthsup; echo ${{COMPREPLY[*]}}"
    assert box.run("bash", "-c", asked) == "quarantine\n"
