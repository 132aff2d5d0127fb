"""What PostgreSQL's errors mean for us, in one line: wait, mend the configuration, or it is our bug.

libpq gives no SQLSTATE for a refused connection, so those are told by their (untranslated) text. Nothing of a row
and never the password stands in a text: server messages are quoted only where they can hold neither.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout, TooManyRequests

from supervisor.errors import BadConfig, Exit, Fatal, HealthsupError, Refused, Transient

LEAST_PRIVILEGE: Final = "grant what docs/howto/least-privilege-role.sql lists"

_PASSING: Final[tuple[tuple[type[psycopg.Error], str], ...]] = (
    (errors.ReadOnlySqlTransaction, "the database is read-only"),
    (errors.LockNotAvailable, "another program holds a lock in the database for too long"),
    (errors.QueryCanceled, "the database took too long for a statement"),
    (errors.DeadlockDetected, "the database broke a deadlock"),
    (errors.SerializationFailure, "the database asks to repeat a transaction"),
    (errors.DiskFull, "the database's disk is full"),
    (errors.TooManyConnections, "the database has no connection left"),
    (errors.ForeignKeyViolation, "a user was removed while a result of theirs was being stored"),
    (errors.IdleInTransactionSessionTimeout, "the database ended an idle transaction"),
)
_PASSING_CLASSES: Final = {
    "08": "the connection to the database broke",
    "25": "the database refuses to write at present",
    "53": "the database is short of resources",
    "57": "the database is shutting down or starting up",
    "58": "the database's machine has trouble",
}
_REFUSED_CLASSES: Final = frozenset({"22", "23", "54"})  # a value that does not fit: type, constraint, index size
_REFUSED: Final = (
    ("does not support ssl", "the database offers no TLS, and sslmode asks for it"),
    ("root certificate file", "the root certificate that sslmode asks for cannot be read"),
    ("certificate verify failed", "no authority that is trusted vouches for the database's certificate"),
    ("does not match host name", "the database's certificate is for another host"),
    ("does not exist", "the database or its role does not exist"),
    ("authentication failed", "the database refuses the user or password"),
    ("no password supplied", "the database asks for a password"),
    ("no pg_hba.conf entry", "the database does not allow this user from here"),
    ("permission denied for database", "the database does not allow this user to connect"),
    ("is not permitted to log in", "the database does not allow this user to connect"),
)
_UNREACHED: Final = (
    ("remaining connection slots", "the database has no connection left"),
    ("too many c", "the database has no connection left"),  # "clients already", "connections for role"
    ("no more connections allowed", "the database has no connection left"),
    ("starting up", "the database is starting up"),
    ("shutting down", "the database is shutting down"),
    ("recovery mode", "the database is starting up"),
    ("failed to resolve host", "the database's host name could not be resolved"),
    ("could not translate host name", "the database's host name could not be resolved"),
    ("timeout expired", "the database does not answer"),
    ("connection refused", "nothing listens at the database's address"),
    ("no such file or directory", "there is no socket at the database's address"),
)


_CURES: Final = {
    "the database is read-only": "point database.dsn at the primary, or make this one writable",
    "the database's disk is full": "make room on it",
    "the database has no connection left": "close some, or raise its limit",
    "the database's host name could not be resolved": "mend database.dsn or the name service",
    "the database does not answer": "start it, or mend database.dsn",
    "nothing listens at the database's address": "start it, or mend database.dsn",
    "there is no socket at the database's address": "start it, or mend database.dsn",
}


@contextmanager
def translated() -> Iterator[None]:
    """Turn every error of psycopg that leaves this block into one of ours."""
    try:
        yield
    except psycopg.Error as error:
        raise of_statement(error) from error


def of_statement(error: psycopg.Error) -> HealthsupError:
    """The meaning of an error of a statement, or of waiting for a connection."""
    if isinstance(error, PoolTimeout | TooManyRequests):
        return Transient("all of the pool's database connections are busy")
    for kind, cause in _PASSING:
        if isinstance(error, kind):
            return Transient(cause, _CURES.get(cause, "wait, or try again"))
    state = error.sqlstate
    if state is None:
        passing = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return Transient("the connection to the database broke") if passing else Fatal(f"a call of {_kind(error)}")
    if state[:2] in _PASSING_CLASSES:
        return Transient(_PASSING_CLASSES[state[:2]])
    return _lasting(error, state)


def _lasting(error: psycopg.Error, state: str) -> HealthsupError:
    said = one_line(error.diag.message_primary or "")
    if isinstance(error, errors.InsufficientPrivilege):
        return BadConfig(f"the database says: {said}", LEAST_PRIVILEGE)
    if isinstance(error, errors.UndefinedTable | errors.UndefinedColumn | errors.InvalidSchemaName):
        return BadConfig(f"the database is not in the expected shape ({said})", "run healthsup migrate")
    kind = Refused if state[:2] in _REFUSED_CLASSES else Fatal
    return kind(f"the database refused a statement ({_kind(error)}, SQLSTATE {state})")


def of_connect(error: psycopg.Error) -> HealthsupError:
    """The meaning of a connection that did not come about (always exit 69: the service is not there for us)."""
    text = str(error).lower()
    for sign, cause in _UNREACHED:
        if sign in text:
            return Transient(cause, _CURES.get(cause, "wait, or try again"))
    for sign, cause in _REFUSED:
        if sign in text:
            return Fatal(cause, "see database.dsn", exit_code=Exit.UNAVAILABLE)
    return Transient("the database could not be reached", "start it, or mend database.dsn")


def one_line(text: str) -> str:
    """The first line, bounded, without control characters."""
    first = text.splitlines()[0] if text else ""
    return "".join(char if char.isprintable() else "?" for char in first)[:200]


def _kind(error: psycopg.Error) -> str:
    return type(error).__name__
