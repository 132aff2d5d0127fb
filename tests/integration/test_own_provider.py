"""An API that only the configuration knows, through the real `run` and `check`; it begins and ends with a reload."""

import json
import subprocess
import sys

import msgspec
import pytest

from supervisor.cli.credential import table_of_fields
from supervisor.config.load import load
from tests.helpers.system import ROOT

TABLE = """
[providers.my-erp]
base_url = "{url}"

[providers.my-erp.probe]
path = "/v1/models"
headers = {{ Authorization = "Bearer {{apiKey}}" }}

[[providers.my-erp.probe.fields]]
name = "apiKey"

[[providers.my-erp.probe.answers]]
reason = "ok"
status = [200]
pointer = "/data/0/id"

[[providers.my-erp.probe.answers]]
reason = "invalid_credential"
status = [401]
pointer = "/error/code"
equals = "invalid_api_key"
message = "the ERP refuses the key"
"""


def describe(system):
    with system.config.open("a", encoding="utf-8") as file:
        file.write(TABLE.format(url=system.market.base_url))


def credential(system, user, word):
    text = system.seal({"apiKey": f"sk-demo-{word}-u{user}-0123456789"})
    return system.tenants.credential(user, "my-erp", text=text)


@pytest.fixture
def users(system):
    good, revoked = system.tenants.users(2)
    credential(system, good, "good")
    credential(system, revoked, "revoked")
    return good, revoked


def test_a_described_api_is_checked_and_told_like_any_other(system, users):
    good, revoked = users
    describe(system)
    done = system.command("check", "--api", "my-erp", "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["user_id"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert (rows[good]["status"], rows[good]["reason"]) == ("healthy", "ok")
    assert (rows[revoked]["status"], rows[revoked]["reason"]) == ("unhealthy", "invalid_credential")
    assert rows[revoked]["message"] == "the ERP refuses the key"
    told = [json.loads(line) for line in system.command("status", "--api", "my-erp", "--json").stdout.splitlines()]
    assert {row["user_id"] for row in told} == {good, revoked}


def test_before_its_first_look_it_is_explained_as_one_that_is_not_looked_at_yet(system, users):
    good, _ = users
    describe(system)
    done = system.command("explain", "--user", str(good), "--api", "my-erp")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"user {good}, my-erp, production: not looked at yet")
    assert "not registered yet" in done.stdout
    assert "story" not in done.stdout, "there was no look"


def test_without_its_table_it_is_not_monitored_and_its_name_is_unknown(system, users):
    done = system.command("check", "--api", "my-erp")
    assert done.returncode == 2
    assert "unknown api" in done.stderr
    assert system.tenants.value("select count(*) from api_status_snapshots") == 0


def test_a_reload_takes_a_described_api_up(system, users):
    with system.run() as running:
        running.wait("pass.finished")
        describe(system)
        reloaded = system.command("reload")
        assert reloaded.returncode == 0, reloaded.stderr
        running.wait("status.changed", count=2, api="my-erp")
        assert running.stop() == 0
    statuses = dict(system.tenants.rows('select "userId", status from api_status_snapshots'))
    assert statuses == {users[0]: "healthy", users[1]: "unhealthy"}


def test_a_credential_of_a_described_api_is_sealed_by_its_own_fields(system):
    describe(system)
    own = load(system.config, {}).settings.own["my-erp"]
    own = msgspec.structs.replace(own, path="/hidden", headers={"X-Partner": "hidden"}, query={"of": "hidden"})
    assert "hidden" not in table_of_fields(own)
    command = [
        sys.executable,
        "-m",
        "workers",
        "seal",
        "--api",
        "my-erp",
        f"--table={table_of_fields(own)}",
    ]
    for fields, code in ((b'{"apiKey": "sk-secret-1"}', 0), (b'{"apikey": "sk-secret-1"}', 2)):
        done = subprocess.run(command, input=fields, env=system.environ, cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == code, done.stderr
        assert b"secret" not in done.stdout + done.stderr
