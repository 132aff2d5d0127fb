"""A postgresql:// URL as libpq and Prisma read it: percent-encoding, IPv6, many hosts, sockets in the host or query."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

CURE: Final = "write postgresql://user:password@host:5432/database, or key=value pairs"
_SCHEME: Final = re.compile(r"postgres(ql)?://", re.IGNORECASE)
_FOREIGN: Final = (
    (r"jdbc:", "is a JDBC URL", "take `jdbc:` away and put user and password before the host"),
    (r"postgres(ql)?\+[a-z0-9_]+:", "names a SQLAlchemy driver", "write postgresql://"),
    (r"prisma(\+postgres)?:", "leads to Prisma Accelerate", "name the database itself: postgresql://…"),
    (r"(file|sqlite[0-9]?):", "names a SQLite file", "healthsup needs PostgreSQL: postgresql://…"),
    (r"(mysql|mariadb|sqlserver|mssql|mongodb|oracle|redis)[+a-z]*:", "names another kind of database", CURE),
    (r"[a-z][a-z0-9+.-]*://", "has a scheme that is not PostgreSQL's", CURE),
)
_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%A-Za-z_-]+\]|[^:\[\]]*)(:(?P<port>.*))?", re.DOTALL)


class Broken(ValueError):  # noqa: N818 - becomes a BadConfig where it is known which setting it was
    """A DSN that cannot be taken apart; the text never quotes it."""

    def __init__(self, cause: str, cure: str = "") -> None:
        super().__init__(cause)
        self.cure = cure or CURE


@dataclass(frozen=True, slots=True)
class _Parts:
    """The URL cut up, still encoded. `password` is None where there is none."""

    user: str
    password: str | None
    hosts: str
    dbname: str
    query: tuple[tuple[str, str], ...]


def is_url(dsn: str) -> bool:
    """Whether this is a PostgreSQL URL. Raise `Broken` for the URL of something else."""
    if _SCHEME.match(dsn):
        return True
    for pattern, cause, cure in _FOREIGN:
        if re.match(pattern, dsn, re.IGNORECASE):
            raise Broken(cause, cure)
    return False


def params(dsn: str) -> dict[str, str]:
    """Every parameter by libpq's name, decoded; a later one wins. Raise `Broken`."""
    parts = _cut(dsn)
    found: dict[str, str] = {}
    if parts.user:
        found["user"] = _decoded(parts.user, "user name")
    if parts.password is not None:
        found["password"] = _decoded(parts.password, "password")
    found.update(_addresses(parts.hosts))
    if parts.dbname:
        found["dbname"] = _decoded(parts.dbname, "database name")
    for name, value in parts.query:
        if (name, value) == ("ssl", "true"):
            found["sslmode"] = "require"  # JDBC's way, which libpq knows too
        else:
            found[name] = _decoded(value, "query")
    return found


def masked(dsn: str, secrets: frozenset[str]) -> str:
    """The same URL with every secret as `***`."""
    parts = _cut(dsn)
    login = parts.user if parts.password is None else f"{parts.user}:***"
    at = "@" if login else ""
    path = f"/{parts.dbname}" if parts.dbname or parts.query else ""
    query = "&".join(f"{name}={'***' if name in secrets else value}" for name, value in parts.query)
    return f"postgresql://{login}{at}{parts.hosts}{path}{'?' if query else ''}{query}"


def _cut(dsn: str) -> _Parts:
    """The last `@` ends the login, as Prisma reads it: a raw `@` in a password does no harm."""
    rest = _SCHEME.sub("", dsn, count=1)
    end = next((at for at, char in enumerate(rest) if char in "/?"), len(rest))
    authority, path = rest[:end], rest[end:]
    login, at, hosts = authority.rpartition("@")
    user, colon, password = login.partition(":")
    if at and not user and colon:
        raise Broken("has a password but no user name")
    dbname, _, query = path.removeprefix("/").partition("?")
    if "/" in dbname or "@" in dbname:
        raise Broken(
            "has a `/` or `@` where the database's name is", "percent-encode special characters in the password"
        )
    return _Parts(user, password if colon else None, hosts, dbname, _query(query))


def _query(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for pair in text.split("&") if text else ():
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Broken("has a parameter without a value", "write ?name=value&name=value")
        pairs.append((_decoded(name, "query"), value))
    return tuple(pairs)


def _addresses(hosts: str) -> dict[str, str]:
    """The `host` and `port`, of libpq, each a list where several are named."""
    names, ports = [], []
    for one in hosts.split(",") if hosts else ():
        match = _HOST.fullmatch(one)
        if match is None:
            raise Broken("has no valid host and port", "percent-encode special characters in the password")
        names.append(_decoded(match["host"].strip("[]") if match["host"].startswith("[") else match["host"], "host"))
        ports.append(match["port"] or "")
    found = {}
    if any(names):
        found["host"] = ",".join(names)
    if any(ports):
        found["port"] = ",".join(ports)
    return found


def _decoded(text: str, part: str) -> str:
    if _PERCENT.search(text):
        raise Broken(f"has a `%` in its {part} that begins no escape", "write a plain % as %25")
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise Broken(f"has a {part} that is not UTF-8") from None
    if "\x00" in decoded:
        raise Broken(f"has a null character in its {part}")
    return decoded
