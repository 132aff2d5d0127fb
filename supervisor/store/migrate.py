"""Our schema and its version. The backend's tables are made only where there are none, and never altered."""

import re
from collections.abc import Sequence
from typing import Final

from supervisor.errors import BadConfig, Transient
from supervisor.store.connect import Database, Session
from supervisor.store.rows import SchemaState
from supervisor.store.statements import FOLDER, identifier, script
from workers.catalog import APIS, Api

_LOCK: Final = 0x6865616C7468  # "health": the advisory lock that one migration at a time holds
_MIGRATION: Final = re.compile(r"(\d{4})_\w+\.sql")
_WORKS_WITH: Final = re.compile(r"^-- works with: (\d+)$", re.MULTILINE)
_BACKEND_TABLES: Final = ("users", "api_credentials", "api_status_snapshots", "api_status_history")

_TABLES: Final = b"""
select coalesce(array_agg(c.relname::text), '{}') from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = %(schema)s and c.relname = any (%(tables)s)
"""
_HAS_SCHEMA: Final = b"select exists (select from pg_catalog.pg_namespace where nspname = %(schema)s)"
_HAS_VERSION: Final = b"""
select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
               where n.nspname = 'healthsup' and c.relname = 'schema_version')
"""


def migrations() -> dict[int, str]:
    """File name without suffix, by version."""
    files = sorted((FOLDER / "migrations").glob("[0-9]*.sql"))
    return {int(match[1]): path.stem for path in files if (match := _MIGRATION.fullmatch(path.name))}


def works_with(name: str) -> int | None:
    """From which version on a program may go on working over this step, as its file says; None: from its own."""
    found = _WORKS_WITH.search((FOLDER / "migrations" / f"{name}.sql").read_text(encoding="utf-8"))
    return int(found[1]) if found else None


WANTED: Final = max(migrations())


class Schema(Database):
    """Making, comparing and refreshing what the other statements stand on."""

    def migrate(self) -> SchemaState:
        """Bring the database to `WANTED`, each step in one transaction. Safe to repeat, and for two at once."""
        for version, name in migrations().items():
            with self.transaction() as session:
                self._step(session, version, name)
        self._look_again()
        self.require_current()
        self.refresh_names(forget=False)
        return self.state()

    def state(self) -> SchemaState:
        with self.session() as session:
            found = _version(session)
            standalone = found is not None and session.value(b"select standalone from healthsup.installation")
        return SchemaState(found, WANTED, bool(standalone), self.backend_present)

    def require_current(self) -> None:
        """Raise `BadConfig` unless the schema is ours, or a newer one over which this program may go on working."""
        state = self.state()
        if state.found is None:
            raise BadConfig("the database has no healthsup schema yet", "run healthsup migrate")
        if state.found < WANTED:
            raise BadConfig(
                f"the database is at schema version {state.found}, this program needs {WANTED}",
                "run healthsup migrate",
            )
        if state.found > WANTED and self._oldest() > WANTED:
            raise BadConfig(
                f"the database is at schema version {state.found}, this program knows only {WANTED}",
                "install the newer healthsup",
            )

    def refresh_names(self, known: Sequence[Api] = APIS, *, forget: bool = True) -> int:
        """Write the names of the known apis where they differ; how many did.

        `forget` False leaves others alone: those of own providers, which a `run` at work has written. Another host at
        work may have own providers, too.
        """
        names = [(alias, api.name, api.personal) for api in known for alias in (api.name, *api.aliases)]
        aliases, apis, personal = (list(column) for column in zip(*names, strict=True))
        params = {"aliases": aliases, "apis": apis, "personal": personal, "forget": forget, "host": self.host}
        return self.run("refresh_names", params)

    def _oldest(self) -> int:
        """The oldest version whose program may work on what is there."""
        with self.session() as session:
            return int(session.value(b"select max(coalesce(works_with, version)) from healthsup.schema_version"))

    def _step(self, session: Session, version: int, name: str) -> None:
        session.value(b"select set_config('statement_timeout', '0', true)")  # a big table may take its time
        session.value(b"select pg_advisory_xact_lock(%(key)s)", {"key": _LOCK})
        if (_version(session) or 0) >= version:
            return
        if version == 1:
            self._prepare(session)
        session.execute(script(f"migrations/{name}", self.backend))
        if version == 1:
            session.execute(
                b"insert into healthsup.installation (standalone) values (%(made)s)",
                {"made": not self.backend_present},
            )
        session.execute(
            b"insert into healthsup.schema_version (version, name) values (%(version)s, %(name)s)",
            {"version": version, "name": name},
        )
        if (oldest := works_with(name)) is not None:
            session.execute(
                b"update healthsup.schema_version set works_with = %(oldest)s where version = %(version)s",
                {"oldest": oldest, "version": version},
            )

    def _prepare(self, session: Session) -> None:
        """Check what is there before anything is made; make schemas only where they are missing."""
        there = set(session.value(_TABLES, {"schema": self.backend, "tables": list(_BACKEND_TABLES)}))
        self.backend_present = "api_credentials" in there
        if not self.backend_present:
            if there:
                raise BadConfig(
                    f"the database has a table {min(there)} but no api_credentials: another program's database",
                    "name an empty one, or the backend's",
                )
            self._create_schema(session, self.backend)
            session.execute(script("migrations/standalone", self.backend))
        elif missing := [table for table in _BACKEND_TABLES if table not in there]:
            raise BadConfig(f"the backend's table {missing[0]} is missing", "bring the backend's own schema up to date")
        self._create_schema(session, "healthsup")

    def _create_schema(self, session: Session, name: str) -> None:
        """`create schema if not exists` wants a privilege even where the schema exists."""
        if not session.value(_HAS_SCHEMA, {"schema": name}):
            session.execute(f"create schema {identifier(name)}".encode())

    def _look_again(self) -> None:
        """The tables this process or another one has just made."""
        with self.session() as session:
            there = session.value(_TABLES, {"schema": self.backend, "tables": ["api_credentials"]})
        self.backend_present = bool(there)


def _version(session: Session) -> int | None:
    """The newest step taken; None before the first."""
    if not session.value(_HAS_VERSION):
        return None
    found = session.value(b"select max(version) from healthsup.schema_version")
    if found is None:
        raise Transient("another migration has not finished")
    return int(found)
