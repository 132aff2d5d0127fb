"""The database as configured: an external one as it is, or the embedded one, started or attached to and migrated."""

import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from supervisor.config import dsn
from supervisor.config.settings import Settings
from supervisor.embedded import STOP_WITHIN, Embedded, default_dir
from supervisor.errors import HealthsupError
from supervisor.service import identity
from supervisor.store import Store

_MEND_EVERY_S: Final = 1.0
_CLOSE_WITHIN_S: Final = 3.5  # the pool is closed in it too
_LEAST_S: Final = 1.0


class Database:
    """`store` is replaced when the embedded server had to be started anew elsewhere.

    `end_by` (monotonic seconds): until then a program that was told to end waits for it; an embedded server then has
    little time to end by itself.
    """

    end_by = math.inf

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.database
        self._owner = identity.mine()
        self._mend_at = 0.0
        self.embedded: Embedded | None = None
        if self._settings.dsn is None:
            directory = self._settings.embedded_dir
            self.embedded = Embedded(Path(directory) if directory else default_dir(os.environ))
        self._conninfo = ""
        self.store = self._open()

    def _open(self) -> Store:
        if self.embedded is not None:
            conninfo, schema, pooled = self.embedded.ensure().conninfo(), None, False
        else:
            target = dsn.parse(self._settings.dsn or "")
            conninfo, schema, pooled = target.conninfo, target.schema, target.pooled
        self._conninfo = conninfo
        store = Store(
            conninfo,
            schema=schema,
            pool_max=self._settings.pool_max,
            pool_timeout=self._settings.pool_timeout,
            owner=self._owner,
            pooled=pooled,
        )
        store.open()
        return store

    def mend(self, *, away: bool) -> None:
        """An embedded server that was killed is started anew; one that ended with its owner, when it is missed."""
        if self.embedded is None or time.monotonic() < self._mend_at:
            return
        self._mend_at = time.monotonic() + _MEND_EVERY_S
        if not (away or self.embedded.lost):
            return
        before = self._conninfo
        try:
            if self.embedded.ensure(within=0.0).conninfo() == before:
                return
            store = self._open()
        except (HealthsupError, OSError):  # it may yet be mended (no descriptor is left): the caller asks again
            return
        self.store, old = store, self.store
        old.close()

    def close(self) -> None:
        self.store.close()
        if self.embedded is not None:
            left = self.end_by + _CLOSE_WITHIN_S - time.monotonic()
            self.embedded.stop(max(_LEAST_S, min(STOP_WITHIN, left)))


@contextmanager
def open_store(settings: Settings, *, current: bool = True) -> Iterator[Store]:
    """The configured database for the length of a command; an embedded one is brought up to date first.

    `current` False leaves an external database that is behind alone (for `migrate` and `doctor`).
    """
    database = open_database(settings, current=current)
    try:
        yield database.store
    finally:
        database.close()


def open_database(settings: Settings, *, current: bool = True) -> Database:
    """The same for a program that closes it itself."""
    database = Database(settings)
    try:
        if database.embedded is not None:
            database.store.migrate()
        elif current:
            database.store.require_current()
    except BaseException:
        database.close()
        raise
    return database
