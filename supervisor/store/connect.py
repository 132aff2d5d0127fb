"""The bounded pool of connections, the settings each statement runs under, and where the backend's tables are.

Settings (timeouts of statements, locks and idle transactions, the time zone) travel in the connection's start-up
packet. A pooler may refuse or drop that; then each statement sets them for its own transaction, which costs one more
round trip. Statements are never prepared by name: PgBouncer in transaction mode could not find them again, and a plan
made for the values at hand is wanted anyway (a generic plan of the fan-out once took 9.6 s instead of 0.2).
"""

import logging
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import psycopg
from psycopg import conninfo as libpq
from psycopg.rows import kwargs_row
from psycopg_pool import ConnectionPool, PoolTimeout

from supervisor.errors import BadConfig, Transient
from supervisor.store import failure
from supervisor.store.line import Line
from supervisor.store.statements import statement

Row = TypeVar("Row")
Params = Mapping[str, object]
Conn = psycopg.Connection[tuple[Any, ...]]

STATEMENT_TIMEOUT_MS: Final = 20_000
LOCK_TIMEOUT_MS: Final = 10_000
IDLE_TIMEOUT_MS: Final = 30_000  # a transaction whose program hangs must not hold its locks for ever
_SETTINGS: Final = {
    "statement_timeout": STATEMENT_TIMEOUT_MS,
    "lock_timeout": LOCK_TIMEOUT_MS,
    "idle_in_transaction_session_timeout": IDLE_TIMEOUT_MS,
    "TimeZone": "UTC",  # instants come out aware and in UTC, whatever the server's own zone
}
_DEFAULTS: Final = {
    "application_name": "healthsup",
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # ms: a silent partition ends in an error, not in a wait without end
}
_SLICE: Final = 0.5  # seconds between two attempts to connect while the database is away

_SET_LOCAL: Final = b"select set_config(l.key, l.value, true) from unnest(%s::text[], %s::text[]) as l (key, value)"
_IN_FORCE: Final = b"select setting from pg_catalog.pg_settings where name = 'statement_timeout'"
_FIND_BACKEND: Final = b"""
select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where case when %(schema)s::text is null then c.oid = pg_catalog.to_regclass('api_credentials')
           else n.nspname = %(schema)s::text and c.relname = 'api_credentials' end
"""


class Session:
    """One connection in one transaction, or for one statement."""

    def __init__(self, connection: Conn, line: Line, backend: str) -> None:
        self._connection = connection
        self._line = line
        self._backend = backend

    def rows(self, name: str, params: Params, make: Callable[..., Row]) -> list[Row]:
        """Run `sql/NAME.sql` and make a value of each row, columns by their names."""
        self._line.asks()
        with self._connection.cursor(row_factory=kwargs_row(make)) as cursor:
            return cursor.execute(statement(name, self._backend), params).fetchall()

    def tuples(self, name: str, params: Params) -> list[tuple[Any, ...]]:
        """Run `sql/NAME.sql`; its rows as they are."""
        self._line.asks()
        return self._connection.execute(statement(name, self._backend), params).fetchall()

    def column(self, name: str, params: Params, kind: type[Row]) -> list[Row]:
        """Run `sql/NAME.sql`, which has one column, of that kind."""
        return [value for (value,) in self.tuples(name, params) if isinstance(value, kind)]

    def run(self, name: str, params: Params) -> int:
        """Run `sql/NAME.sql`; how many rows it touched."""
        return self.execute(statement(name, self._backend), params)

    def execute(self, text: bytes, params: Params | None = None) -> int:
        self._line.asks()
        return self._connection.execute(text, params).rowcount

    def value(self, text: bytes, params: Params | None = None) -> Any:
        """The first column of the first row, else None."""
        self._line.asks()
        row = self._connection.execute(text, params).fetchone()
        return row[0] if row else None


class Database:
    """The pool. Thread-safe; every error that leaves it is a `HealthsupError`."""

    def __init__(
        self,
        conninfo: str,
        *,
        schema: str | None,
        pool_max: int,
        pool_timeout: float,
        owner: str,
        pooled: bool = False,
    ) -> None:
        """`owner` names this process in leases; `schema` is Prisma's; `pooled` says that a PgBouncer is between."""
        self.owner = owner
        self.build = ""  # of the worker; strikes given to another one are over
        self._conninfo = conninfo
        self._schema = schema
        self._settings_local = pooled
        self._pool_max = pool_max
        self._pool_timeout = pool_timeout
        self._pool: ConnectionPool[Conn] | None = None
        self._lent: set[Line] = set()
        self._lending = threading.Lock()
        self._backend = schema or "public"
        self.backend_present = False

    @property
    def host(self) -> str:
        """The machine's name in the owner's."""
        return self.owner.partition("/")[0]

    @property
    def backend(self) -> str:
        """The schema of the backend's tables, or where `migrate` would make them."""
        return self._backend

    def open(self) -> Self:
        """Connect once to learn what is wrong or where things are, then start the pool."""
        logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # our own errors say it, in one line
        with self._first() as connection, failure.translated():
            self._look_around(connection)
        self._pool = ConnectionPool(
            self._conninfo,
            kwargs=self._arguments(),
            min_size=1,
            max_size=self._pool_max,
            timeout=self._pool_timeout,
            reconnect_timeout=_SLICE / 2,
            num_workers=1,
            check=_check,
            open=True,
            name="healthsup",
        )
        return self

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close(timeout=2.0)

    def __enter__(self) -> Self:
        return self if self._pool is not None else self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def rows(self, name: str, params: Params, make: Callable[..., Row]) -> list[Row]:
        with self.session() as session:
            return session.rows(name, params, make)

    def column(self, name: str, params: Params, kind: type[Row]) -> list[Row]:
        with self.session() as session:
            return session.column(name, params, kind)

    def run(self, name: str, params: Params) -> int:
        with self.session() as session:
            return session.run(name, params)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A connection for statements that stand alone."""
        with self._borrowed() as (connection, line):
            if not self._settings_local:
                yield Session(connection, line, self._backend)
                return
            with connection.transaction():
                _set_local(connection)
                yield Session(connection, line, self._backend)

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[Session]:
        """One transaction; `keep` False rolls it back at the end."""
        with self._borrowed() as (connection, line), connection.transaction(force_rollback=not keep):
            if self._settings_local:
                _set_local(connection)
            yield Session(connection, line, self._backend)

    @contextmanager
    def _borrowed(self) -> Iterator[tuple[Conn, Line]]:
        if self._pool is None:
            raise Transient("the database is not open")
        with failure.translated():
            connection = self._wait_for_connection(self._pool)
            try:
                with self._lend(connection) as line:
                    yield connection, line
            finally:
                self._pool.putconn(connection)

    @contextmanager
    def _lend(self, connection: Conn) -> Iterator[Line]:
        line = Line(connection.fileno())
        with self._lending:
            self._lent.add(line)
        try:
            yield line
        finally:
            with self._lending:
                self._lent.remove(line)
            line.close()

    def end_silence(self) -> None:
        """Cut connections that have had no answer for too long.

        libpq itself waits without end for a server whose host is well and which is stopped, or hangs.
        """
        with self._lending:
            for line in self._lent:
                line.end_silence()

    def _wait_for_connection(self, pool: "ConnectionPool[Conn]") -> Conn:
        """Ask in slices: each makes the pool try to connect anew, so that a restart is noticed within a second."""
        give_up_at = time.monotonic() + self._pool_timeout
        while True:
            try:
                return pool.getconn(min(_SLICE, self._pool_timeout))
            except PoolTimeout:
                if time.monotonic() < give_up_at:
                    continue
            with self._first():
                raise Transient("all of the pool's database connections are busy")

    @contextmanager
    def _first(self) -> Iterator[Conn]:
        """A connection of its own, outside the pool: its errors are precise."""
        try:
            connection = self._connect()
        except psycopg.ProgrammingError:
            raise BadConfig("database.dsn is not a libpq connection string or URL", "see docs/reference") from None
        except psycopg.Error as error:
            raise failure.of_connect(error) from error
        with connection:
            yield connection

    def _connect(self) -> Conn:
        try:
            return psycopg.connect(self._conninfo, **self._arguments())
        except psycopg.OperationalError as error:
            if self._settings_local or "unsupported startup parameter" not in str(error):
                raise
        self._settings_local = True
        return psycopg.connect(self._conninfo, **self._arguments())

    def _arguments(self) -> dict[str, Any]:
        """Keyword arguments of a connection; what the DSN itself sets wins, except our settings."""
        given = libpq.conninfo_to_dict(self._conninfo)
        ours: dict[str, Any] = {key: value for key, value in _DEFAULTS.items() if key not in given}
        if not self._settings_local:
            settings = " ".join(f"-c {key}={value}" for key, value in _SETTINGS.items())
            ours["options"] = f"{given.get('options') or ''} {settings}".strip()
        return {**ours, "autocommit": True, "prepare_threshold": None}

    def _look_around(self, connection: Conn) -> None:
        if not self._settings_local:
            found = connection.execute(_IN_FORCE).fetchone()
            self._settings_local = found != (str(_SETTINGS["statement_timeout"]),)
        row = connection.execute(_FIND_BACKEND, {"schema": self._schema}).fetchone()
        self.backend_present = row is not None
        if row is None and self._schema is None:
            row = connection.execute("select current_schema()").fetchone()
        self._backend = str(row[0]) if row and row[0] else self._schema or "public"


def _set_local(connection: Conn) -> None:
    connection.execute(_SET_LOCAL, [list(_SETTINGS), [str(value) for value in _SETTINGS.values()]])


def _check(connection: Conn) -> None:
    """Whether a pooled connection still lives: silence costs no round trip, only news is looked at."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    if poll.poll(0):
        connection.execute("")
