"""The unit in other surroundings: a PostgreSQL of Debian's by peer authentication, a root of its own, an encrypted key."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CLUSTERS = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
DROP_INS = "/opt/healthsup/current/share/drop-ins"
KEY = "/etc/healthsup/credentials/encryption_key"
PSQL = ("runuser", "-u", "postgres", "--", "psql", "-qAt", "-p", "5999")
UP = r"\d+ checks, \d+ unhealthy; database ok; worker \d+ up .*"


@pytest.fixture(autouse=True)
def as_it_was(box):
    good, key = box.run("cat", "/etc/healthsup/healthsup.toml"), box.run("cat", KEY)
    yield
    box.run("sh", "-euc", f"umask 077; cat >{KEY}", stdin=key)
    box.without_drop_ins()
    box.write("/etc/healthsup/healthsup.toml", good)


def use(box, name: str) -> None:
    """Put one of the drop-ins that are shipped in force, as it is."""
    box.drop_in(name, box.run("cat", f"{DROP_INS}/{name}.conf"))


@pytest.fixture(scope="module")
def debian(box):
    """The unit of a PostgreSQL of Debian's, which knows healthsup by peer authentication."""
    if not CLUSTERS or not Path("/usr/bin/pg_createcluster").exists():
        pytest.skip("no PostgreSQL of Debian's here")
    version = CLUSTERS[-1].parents[1].name
    box.run("pg_createcluster", version, "peers", "--port=5999", "--start", within=120)
    box.run(*PSQL, "-c", "create role healthsup login", "-c", "create database app owner healthsup")
    return f"postgresql@{version}-peers"


@pytest.fixture
def beside(box, debian):
    """At work on it."""
    box.configure(database={"dsn": "postgresql:///app?host=/run/postgresql&port=5999", "pool_timeout": 2})
    box.run("runuser", "-u", "healthsup", "--", "healthsup", "migrate")
    box.run("systemctl", "restart", "healthsup")
    box.wait(StatusText=UP)
    return box


def test_a_postgresql_of_the_host_is_reached_by_peer_authentication(beside, debian):
    who = "select distinct usename from pg_stat_activity where application_name = 'healthsup'"
    assert beside.run(*PSQL, "-c", who) == "healthsup\n"
    assert beside.ask("pgrep", "-u", "healthsup", "-x", "postgres").returncode == 1, "the embedded one is not needed"
    beside.run("systemctl", "stop", debian)
    beside.wait(StatusText=r".*database away \(.*\); worker .*", ActiveState="active")
    beside.run("systemctl", "start", debian)
    beside.wait(StatusText=UP, NRestarts="0")


def test_an_upgrade_that_its_database_would_not_let_start_changes_nothing(beside, debian):
    before = beside.show("MainPID"), beside.run("ls", "/opt/healthsup/releases")
    beside.shell("cp -R /src /tmp/next; echo 'select 1;' >/tmp/next/supervisor/store/sql/migrations/9999_next.sql")
    done = beside.install(source="/tmp/next")
    assert done.returncode == 69
    assert re.search(
        r"nothing was changed: schema: .* this program needs 9999: run healthsup migrate, of the new program "
        r"\(scripts/install --no-start, healthsup migrate, scripts/install\)$",
        done.stderr.strip(),
    ), done.stderr
    beside.run("systemctl", "stop", debian)
    try:
        done = beside.install(source="/tmp/next")
        assert done.returncode == 69
        assert "would not get ready, nothing was changed: database: " in done.stderr.splitlines()[-1]
    finally:
        beside.run("systemctl", "start", debian)
    assert (beside.show("MainPID"), beside.run("ls", "/opt/healthsup/releases")) == before


def test_a_root_of_its_own_holds_nothing_but_what_is_named(box):
    use(box, "rootdir")
    box.run("systemctl", "restart", "healthsup")
    before = box.wait(StatusText=UP, NRestarts="0", MainPID=".*")
    root = f"/proc/{before['MainPID']}/root"
    assert set(box.run("ls", f"{root}/").split()) <= {
        "bin", "dev", "etc", "home", "lib", "lib64", "opt", "proc", "root", "run", "sbin", "sys", "tmp", "usr", "var",
    }  # fmt: skip
    assert box.ask("test", "-e", f"{root}/etc/shadow").returncode == 1
    assert box.run("ls", "-A", f"{root}/var/lib") == "healthsup\n"
    assert box.ask("ls", "-A", f"{root}/root").stdout == ""
    box.run("healthsup", "worker", "kill")
    box.wait(StatusText=r".*; worker [2-9] up .*", MainPID=before["MainPID"])
    assert box.run("systemctl", "reload", "healthsup") == ""
    said = box.run("systemd-analyze", "security", "healthsup")
    assert float(re.search(r"healthsup.service: (\d\.\d)", said)[1]) <= 1.0


def test_a_key_may_be_encrypted_at_rest_by_the_commands_that_the_drop_in_names(box):
    lines = box.run("cat", f"{DROP_INS}/encrypted-key.conf").splitlines()
    command = " ".join(line.lstrip("# ").rstrip("\\ ") for line in lines if line.startswith("#   "))
    assert "systemd-creds encrypt" in command
    box.shell(command)
    assert box.ask("test", "-e", KEY).returncode == 1
    use(box, "encrypted-key")
    box.run("systemctl", "restart", "healthsup")
    box.wait(StatusText=UP, NRestarts="0")
    assert "ok    key" in box.run(
        "systemd-run", "-qP", "-pLoadCredentialEncrypted=encryption_key:" + KEY + ".cred", "healthsup", "doctor"
    )


def test_the_list_of_allowed_addresses_is_one_that_systemd_takes(box):
    use(box, "egress")
    box.run("systemctl", "restart", "healthsup")
    box.wait(StatusText=UP)
    shown = box.show("IPAddressDeny", "IPAddressAllow")
    assert set(shown["IPAddressDeny"].split()) == {"0.0.0.0/0", "::/0"}
    assert "192.0.2.0/24" in shown["IPAddressAllow"]
