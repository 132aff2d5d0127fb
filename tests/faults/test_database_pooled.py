"""Through PgBouncer in transaction mode, and with more waiting than may wait."""

import os
import signal

import psycopg
import pytest

from tests.helpers.bouncer import bouncing, needs_pgbouncer
from tests.helpers.outage import USERS, asked, complete, fill
from tests.helpers.system import BOUND
from tests.helpers.traces import eventually

NUMBER = 4711
HELD_UP = f"""
create function wait() returns trigger language plpgsql as
  'begin perform pg_advisory_xact_lock_shared({NUMBER}); return new; end';
create trigger wait before insert on api_status_history for each row execute function wait()
"""  # nothing is stored while somebody has that lock


@pytest.fixture
def pooled(cluster, market, short_dir):
    with cluster.system(market, short_dir) as system, bouncing(system.conninfo) as through:
        system.dsn = through
        fill(system)
        yield system


@needs_pgbouncer
def test_a_whole_check_through_pgbouncer(pooled):
    rows = pooled.json("check")
    assert [row["reason"] for row in rows] == ["ok"] * USERS
    assert list(pooled.statuses().values()) == ["healthy"] * USERS


@needs_pgbouncer
def test_a_run_with_a_crash_and_a_cut_through_pgbouncer(cluster, pooled):
    with pooled.run() as running:
        running.wait("status.changed", count=2)
        os.kill(running.worker_pid, signal.SIGSEGV)
        running.wait("worker.died")
        running.wait("status.changed", count=6)
        cluster.cut()
        assert running.wait("pass.finished")["checks"] == USERS
        assert running.stop() == 0
    assert list(pooled.statuses().values()) == ["healthy"] * USERS
    history = 'select count(*), count(distinct "userId") from api_status_history'
    assert pooled.tenants.rows(history) == [(USERS, USERS)]
    assert sum(asked(pooled)) <= USERS + 2  # what the worker had in hand, at the most
    assert len(pooled.json("crashes")) == 1


def test_no_new_work_is_taken_while_too_many_outcomes_wait(cluster, market, short_dir):
    """The bound is 2000 outcomes of about 1 KiB; here a small one, named in Python."""
    bound = 6
    small = f"from supervisor.service import outcomes; outcomes.MAX_BACKLOG = {bound}"
    with cluster.system(market, short_dir) as system:
        fill(system)
        system.tenants.run(HELD_UP)
        with psycopg.connect(system.conninfo) as other:
            other.execute(f"select pg_advisory_xact_lock({NUMBER})")
            with system.run(before=small) as running:
                assert eventually(lambda: len(asked(system)) >= bound and at_rest(system), BOUND), "it goes on asking"
                assert len(asked(system)) < USERS
                other.commit()
                complete(system, running, lost=None)


def at_rest(system) -> bool:
    """Two looks, far longer apart than a check takes, see nothing in flight and nobody asked in between."""
    (one,), before = system.json("worker", "show"), len(asked(system))
    (two,) = system.json("worker", "show")
    return one["in_flight"] == two["in_flight"] == [] and len(asked(system)) == before
