"""The attack table once more, inside the unit: its own filters, mounts and users stand around the worker's.

And what the kernel's limits do to a worker there. The unit's supervisor runs with the worker that can be told to
misbehave.
"""

import json
import time

import pytest

from tests.helpers.attack_table import ROWS
from tests.helpers.box import BOUND

pytestmark = pytest.mark.slow

SUPERVISOR = """
import os, sys
from pathlib import Path
from supervisor.config.load import load
from supervisor.service import run
sys.exit(run(load(Path("/etc/healthsup/healthsup.toml"), os.environ), program="workers.faults"))
"""
DROP_IN = "[Service]\nExecStart=\nExecStart=/opt/healthsup/current/bin/python -P -s /etc/healthsup/faulty.py\n"
TRIED = [row for row in ROWS if row.attack not in {"syscall", "fill-memory"}]
CREDENTIALS = "/run/credentials/healthsup.service"
NAMES = {
    "{tcp}": "5432", "{unix}": "/var/lib/healthsup/postgres/.s.PGSQL.5432", "{abstract}": "@nobody",
    "{datagram}": "/run/systemd/journal/socket", "{directory}": "/run/healthsup", "{home}": "/root",
    "{key}": f"{CREDENTIALS}/encryption_key", "{config}": "/etc/healthsup/healthsup.toml",
    "{other}": "/var/lib/healthsup/postgres/PG_VERSION",
}  # fmt: skip


@pytest.fixture(scope="module")
def faulty(box):
    good = box.run("cat", "/etc/healthsup/healthsup.toml")
    box.run("systemctl", "stop", "healthsup")
    box.write("/etc/healthsup/faulty.py", SUPERVISOR)
    box.drop_in("faulty", DROP_IN)
    box.configure(schedule={"interval": 1, "user_pause": 0})
    box.run("systemctl", "start", "healthsup")
    yield box
    box.run("systemctl", "stop", "healthsup")
    box.run("rm", "/etc/healthsup/faulty.py")
    box.without_drop_ins()
    box.write("/etc/healthsup/healthsup.toml", good)
    box.run("systemctl", "start", "healthsup")


def give(box, name: str, **fields: str) -> str:
    """A user with one credential; the user's number."""
    user = box.run("healthsup", "user", "add", name, "--email", f"{name}@example.org").split()[-1]
    box.run("healthsup", "credential", "add", "--user", user, "--api", "cj-dropshipping", stdin=json.dumps(fields))
    return user


def forget(box, user: str) -> None:
    for row in map(json.loads, box.run("healthsup", "credential", "list", "--json").splitlines()):
        if str(row["user_id"]) == user:
            box.run("healthsup", "credential", "remove", "--yes", "--id", str(row["id"]))
    box.run("healthsup", "user", "remove", "--yes", "--id", user)


def refusal(row) -> str:
    """As everywhere; but here it does not even see its supervisor (ProtectProc=invisible)."""
    return "ENOENT" if row.argument.startswith("/proc/{supervisor}/") else row.refusal


def filled(argument: str, pid: str) -> str:
    for name, value in {**NAMES, "{supervisor}": pid}.items():
        argument = argument.replace(name, value)
    return argument


def told(box, how_many: int) -> list[str]:
    """What came of each attack. A line may reach the journal in two pieces."""
    end = time.monotonic() + BOUND
    while True:
        text = "".join(record["LINE"] for record in box.journal("EVENT=worker.stderr"))
        found = text.replace("][", "]\n[").splitlines()
        if len(found) > how_many:  # so the last of ours is whole
            return [json.loads(line)[2] for line in found[:how_many]]
        assert time.monotonic() < end, f"{text}\n{box.log()}"
        time.sleep(0.1)


def test_a_worker_of_the_unit_that_is_taken_over_gets_no_further(faulty):
    before = faulty.show("MainPID", "NRestarts")
    order = [[row.attack, filled(row.argument, before["MainPID"])] for row in TRIED]
    user = give(faulty, "mallory", apiKey="fault-attack-decrypt-0123456789", email="a@b.c", order=json.dumps(order))
    found = {row.says: outcome for row, outcome in zip(TRIED, told(faulty, len(TRIED)), strict=True)}
    forget(faulty, user)
    layers = set(faulty.journal("EVENT=worker.ready")[-1]["CONFINEMENT"].split())
    assert found == {row.says: refusal(row) if row.layer in layers else found[row.says] for row in TRIED}
    assert faulty.show("MainPID", "NRestarts") == before


def test_a_worker_that_runs_into_its_memory_limit_is_all_that_ends(faulty):
    before = faulty.show("MainPID", "NRestarts")
    user = give(faulty, "glutton", apiKey="fault-bloat-decrypt-0123456789", email="a@b.c")
    died = faulty.wait_journal("EVENT=worker.died", "USER_ID=" + user)
    assert (died["SIGNAL"], died["PHASE"]) == ("SIGABRT", "decrypt")
    faulty.wait_journal("EVENT=check.quarantined", "USER_ID=" + user)
    faulty.wait(ActiveState="active", StatusText=r".*database ok; worker \d+ up .*")
    assert faulty.show("MainPID", "NRestarts") == before
    forget(faulty, user)
