"""The database is there and difficult: locked, slow, full, cut at the commit, away for longer than a lease, pooled."""

import os
import random
import signal
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.helpers.outage import LEASES, USERS, asked, complete
from tests.helpers.system import BOUND
from tests.helpers.traces import eventually

SEED, CUTS = 20261124, 6
ACTIVE = (
    "select pid from pg_stat_activity where usename = 'healthsup' and state = 'active'"
    " and query like 'with input as materialized%'"  # record.sql
)

WAITS = "wait_event = 'SyncRep' and usename = 'healthsup'"


@pytest.mark.slow
def test_a_table_locked_for_longer_than_we_wait_delays_and_is_told_once(troubled):
    with troubled.run() as running:
        with psycopg.connect(troubled.conninfo) as other:
            running.wait("status.changed")
            other.execute("lock table api_status_snapshots")
            told = running.wait("database.lost")
            assert told["cause"] == "another program holds a lock in the database for too long"
            assert len(asked(troubled)) == USERS
        running.wait("database.back")
        complete(troubled, running)


def slow(system, seconds):
    system.tenants.run(
        f"create function slow() returns trigger language plpgsql as 'begin perform pg_sleep({seconds}); return new; end';"
        " create trigger slow before insert on api_status_history for each row execute function slow()"
    )


def test_a_slow_database_is_no_trouble(troubled):
    troubled.configure(worker={"window": 2})  # with all its patience for a connection
    slow(troubled, 0.1)
    with troubled.run() as running:
        complete(troubled, running, lost=0)


@pytest.fixture
def small_disk():
    """A file system of 1 MiB, as root and where the kernel lets us."""
    path = Path(f"/tmp/hs-small-{os.getpid()}")
    path.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)], capture_output=True)
    if made.returncode:
        path.rmdir()
        pytest.skip("mounting a tmpfs is not allowed here")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)
    path.rmdir()


def test_a_full_disk_is_waited_for(cluster, troubled, small_disk):
    owner = cluster.data.stat()
    os.chown(small_disk, owner.st_uid, owner.st_gid)
    cluster.tell(f"create tablespace small location '{small_disk}'")
    try:
        for table in ("api_status_history", "api_status_snapshots"):
            troubled.tenants.run(f"alter table {table} set tablespace small")
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):  # until there is no space left
                pass
        with troubled.run() as running:
            assert running.wait("database.lost")["cause"] == "the database's disk is full"
            assert eventually(lambda: len(asked(troubled)) == USERS, BOUND)
            filler.unlink()
            running.wait("database.back")
            complete(troubled, running)
    finally:
        for table in ("api_status_history", "api_status_snapshots"):
            troubled.tenants.run(f"alter table {table} set tablespace pg_default")
        cluster.tell("drop tablespace small")


def test_a_connection_cut_while_it_stores_loses_and_doubles_nothing(troubled):
    """Whether the statement was committed or not is nobody's guess: it is done again, and compares."""
    slow(troubled, 0.05)  # so that none is missed
    chance = random.Random(SEED)
    with troubled.run() as running, psycopg.connect(troubled.conninfo, autocommit=True) as admin:
        for _ in range(CUTS):
            pid = spotted(admin)
            for _ in range(chance.randrange(3)):  # a round trip each: a little later in the statement's life
                admin.execute("select 1")
            admin.execute("select pg_terminate_backend(%s)", [pid])
        complete(troubled, running, lost=None)


def spotted(admin):
    """The pid of a session that is just storing."""
    found = []
    assert eventually(lambda: found.extend(admin.execute(ACTIVE).fetchall()) or found, BOUND)
    return found[0][0]


@pytest.fixture
def unheard(cluster):
    """Commits of ours wait for a standby that is not there: cut off, one *is* committed, and we are not told."""

    @contextmanager
    def make():
        cluster.tell(
            "set synchronous_commit = local", "alter system set synchronous_standby_names = 'nobody'",
            "select pg_reload_conf()",
        )  # fmt: skip
        try:
            with psycopg.connect(cluster.conninfo(), autocommit=True) as admin:
                yield lambda which: eventually(lambda: admin.execute(f"{which} and {WAITS}").fetchall(), BOUND)
            cluster.cut(WAITS)
        finally:
            cluster.tell("alter system reset synchronous_standby_names", "select pg_reload_conf()")

    return make


def test_a_connection_cut_after_the_commit_and_before_the_answer_doubles_nothing(troubled, unheard):
    with troubled.run() as running:
        running.wait("status.changed", count=2)
        with unheard() as waits:
            assert waits(ACTIVE)
        running.wait("database.lost")
        running.wait("database.back")
        complete(troubled, running)


def test_a_death_whose_commit_was_not_heard_of_is_one_row(troubled, unheard):
    with troubled.run() as running:
        running.wait("pass.finished")
        with unheard() as waits:
            os.kill(running.worker_pid, signal.SIGKILL)
            assert waits("select pid from pg_stat_activity where query like '%healthsup.crashes%'")
        running.wait("database.lost")
        running.wait("database.back")
        assert running.stop() == 0
    assert len(troubled.json("crashes")) == 1


@pytest.mark.slow
def test_away_for_longer_than_a_lease_nothing_is_asked_twice(cluster, troubled):
    """What is in hand, and what was found and is not stored yet, is still ours unless somebody else took it."""
    troubled.configure(
        worker={"window": 2, "check_deadline": 1}, probe={"total_timeout": 1},
        database={"dsn": troubled.dsn, "pool_timeout": 1},
    )  # fmt: skip
    held = "select count(*) from healthsup.checks where lease_until > now()"
    with troubled.run() as running:
        running.wait("status.changed", count=2)
        cluster.tell("alter role healthsup connection limit 0")
        cluster.cut()
        running.wait("database.lost")
        assert eventually(lambda: len(asked(troubled)) == USERS, BOUND)
        assert troubled.tenants.value(LEASES) > 0
        assert eventually(lambda: not troubled.tenants.value(held), BOUND), "the leases do not run out"
        with psycopg.connect(troubled.conninfo) as other:
            other.execute("lock table api_status_history")  # storing is slower than the next claim
            cluster.tell("alter role healthsup connection limit -1")
            assert eventually(lambda: troubled.tenants.value(held), BOUND)
        running.wait("database.back")
        complete(troubled, running)
