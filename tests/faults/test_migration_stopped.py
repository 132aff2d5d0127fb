"""SIGTERM while a migration waits, or an embedded database is being made: it ends soon, and the next one carries on."""

import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import psycopg
import pytest

from supervisor.embedded import Embedded
from supervisor.store import WANTED
from supervisor.store.migrate import _LOCK
from tests.helpers.system import BOUND, ROOT, System
from tests.helpers.tenants import as_role, load_backend_with_role
from tests.helpers.traces import ask, at_work, eventually

ENDS_WITHIN = 8.0  # less than the lock timeout, by which it would end anyhow
IN_THE_MIDDLE = 4711
WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
VERSION = "select max(version) from healthsup.schema_version"
OURS = "select count(*) from pg_class where relnamespace = to_regnamespace('healthsup')"


@pytest.fixture
def unmigrated(server, clone, market, short_dir):
    """Beside an existing backend, by the least-privilege role; nothing of ours is there yet."""
    conninfo = clone(server.template("backend_role", load_backend_with_role))
    made = System(conninfo, market, short_dir, as_role(conninfo))
    yield made
    made.tenants.connection.close()


@contextmanager
def migrating(system):
    process = subprocess.Popen(
        [sys.executable, "-m", "supervisor", "migrate"], env=system.environ, cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def held(conninfo, key):
    """An advisory lock that somebody waits for by the time the body runs; `in_hand` waits for that."""
    with psycopg.connect(conninfo, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", [key])
        yield lambda: eventually(lambda: other.execute(WAITING).fetchone() == (1,), BOUND)


def ended(process) -> float:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(BOUND)
    return time.monotonic() - began


def test_told_to_stop_while_another_migrates_it_ends_and_leaves_nobody_waiting(unmigrated):
    with held(unmigrated.conninfo, _LOCK) as waited_for, migrating(unmigrated) as process:
        assert waited_for()
        assert ended(process) < ENDS_WITHIN
        assert process.returncode == 143
        assert process.stderr.read() == "healthsup: interrupted\n"
        assert eventually(lambda: ask(unmigrated.conninfo, WAITING) == [(0,)], ENDS_WITHIN), "a session still waits"
    assert unmigrated.command("migrate").returncode == 0
    assert ask(unmigrated.conninfo, VERSION) == [(WANTED,)]


def test_told_to_stop_in_the_middle_of_a_step_it_leaves_nothing_half_made(unmigrated):
    """The first step waits after its first table."""
    unmigrated.tenants.run(
        "create function wait() returns event_trigger language plpgsql as"
        f" 'begin perform pg_advisory_xact_lock({IN_THE_MIDDLE}); end';"
        " create event trigger wait on ddl_command_end when tag in ('CREATE TABLE') execute function wait()"
    )
    with held(unmigrated.conninfo, IN_THE_MIDDLE) as waited_for, migrating(unmigrated) as process:
        assert waited_for()
        assert ended(process) < ENDS_WITHIN
        assert process.returncode == 143
        assert eventually(lambda: ask(unmigrated.conninfo, WAITING) == [(0,)], ENDS_WITHIN), "a session still waits"
    assert ask(unmigrated.conninfo, OURS) == [(0,)]
    assert unmigrated.command("migrate").returncode == 0
    assert ask(unmigrated.conninfo, VERSION) == [(WANTED,)]


@pytest.fixture
def fresh(unmigrated, short_dir):
    """`unmigrated` with an embedded database instead, which is not there yet; and where it will be."""
    unmigrated.configure(database={"embedded_dir": str(short_dir / "state" / "postgres")})
    text = unmigrated.config.read_text().splitlines()
    unmigrated.config.write_text("\n".join(line for line in text if not line.startswith("dsn = ")))
    return unmigrated, short_dir / "state" / "postgres"


def test_a_run_that_is_told_to_stop_while_its_first_migration_waits_ends_with_0(fresh):
    system, data = fresh
    with Embedded(data) as server:
        conninfo = server.ensure().conninfo()
        with held(conninfo, _LOCK) as waited_for, system.run() as running:
            assert waited_for()
            assert ended(running.process) < ENDS_WITHIN
            assert running.process.returncode == 0
            running.wait("supervisor.stopped")
            assert not running.all("supervisor.started")
            assert eventually(lambda: ask(conninfo, WAITING) == [(0,)], ENDS_WITHIN), "a session still waits"
        assert ask(conninfo, OURS) == [(0,)]
    carries_on(system, data)


MOMENTS = {
    "as the cluster is being made": lambda data: any(data.parent.glob("*.init/PG_VERSION")),
    "as the cluster is there": lambda data: (data / "PG_VERSION").exists(),
    "as the server starts": lambda data: (data / "postmaster.pid").exists(),
    "as the server is ready": lambda data: (data / ".s.PGSQL.5432").exists(),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_first_start_that_is_stopped_leaves_a_whole_database_or_none(fresh, moment):
    system, data = fresh
    with system.run() as running:
        assert eventually(lambda: MOMENTS[moment](data), BOUND)
        assert ended(running.process) < BOUND
        assert running.process.returncode == 0
        running.wait("supervisor.stopped")
    left = [path for path in data.parent.iterdir() if path.is_dir() and at_work(path)]
    assert not left, "a process is left"
    carries_on(system, data)


def carries_on(system, data):
    """The next start finds nothing to complain about."""
    with system.run() as running:
        running.wait("worker.ready")
        assert ask(Embedded(data).ensure().conninfo(), VERSION) == [(WANTED,)]
        assert running.stop() == 0
    assert not at_work(data)
