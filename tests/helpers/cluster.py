"""A PostgreSQL server of one test's own, which may be hurt: ended, killed, moved, filled, throttled."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

import psycopg

from supervisor.embedded import Embedded, options
from supervisor.standin import StandIn
from tests.helpers.system import System
from tests.helpers.tenants import Tenants, as_role, load_backend_with_role
from tests.helpers.traces import at_work, eventually, postmaster

_REPLICATING = {"wal_level": "replica", "max_wal_senders": "2"}  # so that a commit can be made to wait for a standby


class Cluster:
    """`within` is the directory around the data; `away` is the server moved to another address."""

    def __init__(self, within: Path) -> None:
        self.within = within
        within.chmod(0o711)  # as root, the server runs as another user
        self._embedded = Embedded(within / "postgres")  # durable: what is committed survives a kill
        self.start()

    @property
    def data(self) -> Path:
        return self.within / "postgres"

    def start(self) -> None:
        with patch.dict(options._SETTINGS, _REPLICATING):
            self.address = self._embedded.ensure()

    def end(self, number: int = signal.SIGINT) -> None:
        """SIGINT is the fast shutdown, SIGQUIT the immediate one, SIGKILL none at all."""
        os.kill(postmaster(self.data), number)
        assert eventually(lambda: not self._embedded._server.alive(), 30), "the server does not end"

    def freeze(self) -> None:
        """It takes connections and answers nothing any more."""
        for pid in at_work(self.data):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in at_work(self.data):
            with suppress(ProcessLookupError):  # a backend that ended meanwhile
                os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        self.thaw()
        if self._embedded._server.alive():
            self.end(signal.SIGQUIT)  # nobody reads it again: it need not be written to the disk once more
        self._embedded.stop()

    def conninfo(self, name: str = "postgres") -> str:
        return self.address.conninfo(name)

    def tell(self, *statements: str) -> None:
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def cut(self, where: str = "true") -> None:
        """End sessions of healthsup."""
        self.tell(f"select pg_terminate_backend(pid) from pg_stat_activity where usename = 'healthsup' and {where}")

    def moved(self, to: Path) -> "Cluster":
        """The same data behind another address, as after a switch-over; this one must have ended."""
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir()
        subprocess.run(["cp", "-a", str(self.data), str(to)], check=True)
        (to / "postgres" / "postmaster.pid").unlink(missing_ok=True)
        return Cluster(to)

    @contextmanager
    def system(self, market: StandIn, directory: Path, dsn: str | None = None) -> Iterator[System]:
        """An existing backend's database in it, with `run` beside it by the least-privilege role."""
        name = f"own_{directory.name.translate(str.maketrans('-_', 'xy')).lower()}"
        self.tell(f"create database {name}")
        load_backend_with_role(self.conninfo(name))
        made = System(self.conninfo(name), market, directory, (dsn or "{}").format(as_role(self.conninfo(name))))
        try:
            done = made.command("migrate")
            assert done.returncode == 0, done.stderr
            market.clear()
            yield made
        finally:
            made.tenants.connection.close()


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    directory = Path(tempfile.mkdtemp(prefix="hs-own-"))
    cluster = Cluster(directory)
    try:
        yield cluster
    finally:
        cluster.close()
        shutil.rmtree(directory)


def reconnect(system: System, conninfo: str | None = None) -> None:
    """After an outage: the test's own connection too."""
    system.tenants.connection.close()
    system.tenants = Tenants(conninfo or system.conninfo)
