"""Behind PgBouncer in transaction mode: no start-up parameters, no state that outlives a transaction."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from supervisor.errors import Transient
from supervisor.store import connect
from tests.helpers.database import Databases
from tests.helpers.storing import House, load_migrated, store_at

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed (apt-get install pgbouncer)")


@pytest.fixture
def house(server: Databases, clone: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setitem(connect._SETTINGS, "statement_timeout", 1000)
    with House(clone(server.template("migrated", load_migrated))) as house:
        yield house


def start(conninfo: str, directory: Path, port: int, *, dropped: str) -> subprocess.Popen[bytes]:
    """PgBouncer as the user who may enter the server's socket directory."""
    assert PGBOUNCER is not None
    host = str(conninfo_to_dict(conninfo)["host"])
    directory.chmod(0o755)
    config = directory / "pgbouncer.ini"
    config.write_text(
        f"[databases]\n* = host={host} user=healthsup\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n{dropped}\n"
    )
    config.chmod(0o644)
    owner = Path(host).stat()
    ids = (None, None) if os.geteuid() else (owner.st_uid, owner.st_gid)
    return subprocess.Popen([PGBOUNCER, str(config)], stderr=subprocess.PIPE, user=ids[0], group=ids[1])


@pytest.fixture(params=["", "ignore_startup_parameters = options"], ids=["refuses", "drops"])
def pooled(house: House, request: pytest.FixtureRequest) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    conninfo = make_conninfo(house.conninfo, host="127.0.0.1", port=port, user="healthsup")
    with tempfile.TemporaryDirectory(prefix="healthsup-test-") as directory:
        process = start(house.conninfo, Path(directory), port, dropped=request.param)
        try:
            wait_for(conninfo, process)
            yield conninfo
        finally:
            process.kill()
            process.communicate()


def wait_for(conninfo: str, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + 10
    while True:
        try:
            psycopg.connect(conninfo).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise
        else:
            return


@pytest.mark.parametrize("told", [False, True], ids=["found out", "told"])
def test_everything_works_and_keeps_its_time_limits(house: House, pooled: str, *, told: bool) -> None:
    user = house.rows.user("ana")
    house.rows.credential(user, "ebay")
    house.rows.credential(user, "groq", scope="global")
    house.rows.user("ben")
    with store_at(pooled, pooled=told) as store:
        store.migrate()
        claims = house.claim(store=store)
        assert len(store.record(house.outcomes(claims), everything=True).stored) == 2
        assert len(store.fan_out(everything=True) or []) == 1
        assert len(list(store.snapshots())) == 3
        assert len(store.record(house.outcomes(house.claim(store=store)), everything=True, keep=False).stored) == 3
        with pytest.raises(Transient, match="too long for a statement"), store.session() as session:
            session.execute(b"select pg_sleep(30)")
