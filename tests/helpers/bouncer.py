"""PgBouncer in transaction mode before the server of the tests, at a socket of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.helpers.traces import eventually

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
needs_pgbouncer = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed (apt-get install pgbouncer)")
DROPS_OPTIONS = "ignore_startup_parameters = options"


@contextmanager
def bouncing(conninfo: str, setting: str = DROPS_OPTIONS) -> Iterator[str]:
    """The conninfo through it, as the user `healthsup`. It runs as the one who may enter the server's directory."""
    assert PGBOUNCER is not None
    host = str(conninfo_to_dict(conninfo)["host"])
    owner = Path(host).stat()
    ids = (None, None) if os.geteuid() else (owner.st_uid, owner.st_gid)
    with tempfile.TemporaryDirectory(prefix="hs-") as directory:
        config = Path(directory, "pgbouncer.ini")
        config.write_text(
            f"[databases]\n* = host={host} user=healthsup\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {directory}\n"
            f"auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n{setting}\n"
        )
        if ids[0] is not None:
            os.chown(directory, *ids)
            os.chown(config, *ids)
        process = subprocess.Popen([PGBOUNCER, str(config)], stderr=subprocess.DEVNULL, user=ids[0], group=ids[1])
        through = make_conninfo(conninfo, host=directory, port=6432, user="healthsup")
        try:
            assert eventually(lambda: answers(through), 30), "PgBouncer does not answer"
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
