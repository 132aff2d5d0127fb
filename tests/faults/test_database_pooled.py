"""Through PgBouncer in transaction mode, and with more waiting than may wait."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.helpers import system as helper
from tests.helpers.outage import USERS, asked, complete, fill
from tests.helpers.system import BOUND
from tests.helpers.traces import eventually

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def bouncing(conninfo: str):
    """PgBouncer before that server, as the user who may enter its socket's directory; the conninfo through it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    host = str(conninfo_to_dict(conninfo)["host"])
    with tempfile.TemporaryDirectory(prefix="hs-") as directory:
        Path(directory).chmod(0o755)
        config = Path(directory, "pgbouncer.ini")
        config.write_text(
            f"[databases]\n* = host={host} user=healthsup\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            "unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n"
            "ignore_startup_parameters = options\n"
        )
        config.chmod(0o644)
        owner = Path(host).stat()
        ids = (None, None) if os.geteuid() else (owner.st_uid, owner.st_gid)
        process = subprocess.Popen([PGBOUNCER, str(config)], stderr=subprocess.DEVNULL, user=ids[0], group=ids[1])
        through = make_conninfo(conninfo, host="127.0.0.1", port=port, user="healthsup")
        try:
            assert eventually(lambda: answers(through), BOUND)
            yield through
        finally:
            process.kill()
            process.wait()


def answers(conninfo: str) -> bool:
    try:
        psycopg.connect(conninfo).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def pooled(cluster, market, short_dir):
    with cluster.system(market, short_dir) as system, bouncing(system.conninfo) as through:
        system.dsn = through
        fill(system)
        yield system


@pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed (apt-get install pgbouncer)")
def test_a_whole_check_through_pgbouncer(pooled):
    rows = pooled.json("check")
    assert [row["reason"] for row in rows] == ["ok"] * USERS
    assert list(pooled.statuses().values()) == ["healthy"] * USERS


@pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed (apt-get install pgbouncer)")
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


def test_no_new_work_is_taken_while_too_many_outcomes_wait(cluster, market, short_dir, monkeypatch):
    """The bound is 2000 outcomes of about 1 KiB; here a small one, named in Python."""
    bound = 6
    monkeypatch.setattr(
        helper, "_RUN", f"from supervisor.service import outcomes; outcomes.MAX_BACKLOG = {bound}\n{helper._RUN}"
    )
    with cluster.system(market, short_dir) as system:
        fill(system)
        with system.run() as running:
            running.wait("status.changed", count=2)
            with psycopg.connect(system.conninfo) as other:
                other.execute("lock table api_status_history")
                assert eventually(lambda: at_rest(system), BOUND), "it goes on asking"
                assert 2 + bound <= len(asked(system)) < USERS
            complete(system, running, lost=None)


def at_rest(system) -> bool:
    """Two looks, far longer apart than a check takes, see nothing in flight and nobody asked in between."""
    (one,), before = system.json("worker", "show"), len(asked(system))
    (two,) = system.json("worker", "show")
    return one["in_flight"] == two["in_flight"] == [] and len(asked(system)) == before
