"""One PostgreSQL for the whole test run, and fresh databases in it."""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from supervisor.embedded import Embedded

BACKEND_DDL = Path(__file__).with_name("backend.sql").read_text(encoding="utf-8")


class Databases:
    """Makes and drops databases; every answer is a conninfo string of a superuser."""

    def __init__(self, embedded: Embedded) -> None:
        self._address = embedded.ensure()
        self._admin = psycopg.connect(self.conninfo("postgres"), autocommit=True)
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}

    @property
    def version(self) -> int:
        """The server's major version."""
        return self._admin.info.server_version // 10_000

    def conninfo(self, name: str) -> str:
        return self._address.conninfo(name)

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A database of its own, dropped afterwards whoever is still connected."""
        name = f"test_{next(self._numbers)}"
        self._create(name, template)
        try:
            yield self.conninfo(name)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """The template database `name`, made at the first call: `fill` gets its conninfo and leaves no session."""
        if name not in self._templates:
            made = f"template_{name}"
            self._create(made, "template0")
            fill(self.conninfo(made))
            self._templates[name] = made
        return self._templates[name]

    def close(self) -> None:
        self._admin.close()

    def _create(self, name: str, template: str) -> None:
        strategy = " STRATEGY file_copy" if self.version >= 15 else ""  # six times as fast as wal_log
        self._run("CREATE DATABASE {} TEMPLATE {}" + strategy, name, template)

    def _run(self, statement: str, *names: str) -> None:
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running_server() -> Iterator[Databases]:
    """A server without durability, in a directory that any user may enter; HEALTHSUP_PG_BIN is honoured."""
    directory = Path(tempfile.mkdtemp(prefix="healthsup-test-"))
    directory.chmod(0o711)  # as root, the server runs as another user
    try:
        with Embedded(directory / "postgres", durable=False) as embedded:
            databases = Databases(embedded)
            try:
                yield databases
            finally:
                databases.close()
    finally:
        shutil.rmtree(directory)


def load_backend(conninfo: str) -> None:
    """Make the existing backend's tables, empty."""
    with psycopg.connect(conninfo) as connection:
        connection.execute(BACKEND_DDL)
