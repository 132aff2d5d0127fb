"""Where the database is: a libpq URL or conninfo, Prisma's dialect included, taken apart without libpq.

What comes out is always a conninfo that libpq takes. No error here quotes any part of the DSN except the name of a
parameter that is known to somebody.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from supervisor.config import url
from supervisor.config.keys import near
from supervisor.config.url import CURE, Broken
from supervisor.errors import BadConfig

_LIBPQ = """
    host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout
    client_encoding options application_name fallback_application_name keepalives keepalives_idle
    keepalives_interval keepalives_count tcp_user_timeout gssencmode gsslib gssdelegation krbsrvname sslmode
    sslnegotiation sslcompression sslcert sslkey sslkeylogfile sslpassword sslcertmode sslrootcert sslcrl
    sslcrldir sslsni requirepeer ssl_min_protocol_version ssl_max_protocol_version min_protocol_version
    max_protocol_version service servicefile target_session_attrs load_balance_hosts scram_client_key
    scram_server_key oauth_issuer oauth_client_id oauth_client_secret oauth_scope
"""
_PRISMA = """
    schema connection_limit pool_timeout pgbouncer socket_timeout statement_cache_size sslaccept sslidentity
    max_connection_lifetime max_idle_connection_lifetime single_use_connections log_queries uselibpqcompat
    pool_mode pool_size supa workaround
"""
LIBPQ: Final = frozenset(_LIBPQ.split())
PRISMA: Final = frozenset(_PRISMA.split())
SECRETS: Final = frozenset({"password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"})
_SSLMODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_NUMERIC: Final = ("connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count")
_MAX_CHARS: Final = 8192
_MAX_SCHEMA_BYTES: Final = 63
_MAX_PORT: Final = 65_535
_PAIR: Final = re.compile(
    r"\s*(?P<key>[^\s=]+)\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'(?=\s|$)|(?P<plain>(?!')(?:[^\s\\]|\\.)*)(?=\s|$))"
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Target:
    """A database: what libpq gets, the schema of the backend's tables, and whether a transaction pooler is between."""

    conninfo: str = field(repr=False)
    schema: str | None
    pooled: bool
    notes: tuple[str, ...]


def parse(dsn: str) -> Target:
    """Take a DSN apart. Raise `BadConfig` for anything that cannot name a PostgreSQL database."""
    try:
        params, notes = _sorted_out(_params(dsn.strip()))
    except Broken as error:
        raise BadConfig(str(error), error.cure) from None
    schema, pooled = params.pop("schema", None), params.pop("pgbouncer", None) == "true"
    return Target(conninfo(params), schema, pooled, notes)


def masked(dsn: str) -> str:
    """A DSN for people: passwords are `***`; one that cannot be taken apart is hidden whole."""
    try:
        params = _params(dsn.strip())
    except Broken:
        return "***"
    if url.is_url(dsn.strip()):
        return url.masked(dsn.strip(), SECRETS)
    return conninfo({name: "***" if name in SECRETS else value for name, value in params.items()})


def conninfo(params: Mapping[str, str]) -> str:
    """The key='value' form of libpq."""
    return " ".join(f"{name}={_quoted(value)}" for name, value in params.items())


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w./:@,*-]+", value, re.ASCII):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _params(dsn: str) -> dict[str, str]:
    if len(dsn) > _MAX_CHARS:
        raise Broken(f"is longer than {_MAX_CHARS} characters")
    if any(not char.isprintable() for char in dsn):
        raise Broken("holds an unprintable character", "percent-encode it")
    if dsn[:1] in {"'", '"'}:
        raise Broken("begins with a quotation mark", "take the quotation marks away")
    params = url.params(dsn) if url.is_url(dsn) else _pairs(dsn)
    for name, value in params.items():
        if name not in LIBPQ and name not in PRISMA:
            hint = near(name, LIBPQ | PRISMA)
            raise Broken("has a parameter that PostgreSQL does not know", hint or "take it away")
        _check(name, value)
    return params


def _pairs(dsn: str) -> dict[str, str]:
    """Pairs of key = value, values quoted and escaped as libpq reads them."""
    params: dict[str, str] = {}
    at = 0
    while at < len(dsn):
        match = _PAIR.match(dsn, at)
        if match is None:
            raise Broken("is neither a postgresql:// URL nor key=value pairs", CURE)
        value = match["quoted"] if match["quoted"] is not None else match["plain"]
        params[match["key"]] = _ESCAPE.sub(r"\1", value)
        at = match.end()
    return params


def _check(name: str, value: str) -> None:
    """What libpq would refuse only when it connects, or take for something else."""
    match name:
        case "port":
            for port in value.split(","):
                if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= _MAX_PORT):
                    raise Broken("has a port that is no number from 1 to 65535")
        case "sslmode" if value not in _SSLMODES:
            raise Broken("has an unknown sslmode", f"allowed are {', '.join(_SSLMODES)}")
        case "schema" if not value or len(value.encode()) > _MAX_SCHEMA_BYTES:
            raise Broken("has a schema that is empty or too long")
        case "pgbouncer" if value not in {"true", "false"}:
            raise Broken("has a pgbouncer that is neither true nor false")
        case _ if name in _NUMERIC and not re.fullmatch(r"-?[0-9]{1,9}", value, re.ASCII):
            raise Broken(f"has a {name} that is no whole number")


def _sorted_out(params: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The parameters that we and libpq use, and a note about those that are passed over."""
    notes = []
    kept = dict(params)
    if "sslcert" in kept and "sslkey" not in kept and any(name in PRISMA for name in kept):
        kept.setdefault("sslrootcert", kept.pop("sslcert"))
        notes.append("sslcert is taken as Prisma means it: the certificate of the server's authority")
    if "sslidentity" in kept:
        kept.pop("sslpassword", None)  # it opens that file
        notes.append("sslidentity (PKCS 12) is passed over: use sslcert and sslkey for a client certificate")
    if kept.get("sslaccept") == "strict" and kept.get("sslmode") not in {"verify-ca", "verify-full"}:
        notes.append("sslaccept is Prisma's: use sslmode=verify-full to check the server's certificate")
    over = _passed_over(kept)
    for name in over:
        del kept[name]
    if over:
        notes.append(f"passed over, as only Prisma uses them: {', '.join(over)}")
    return kept, tuple(notes)


def _passed_over(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name in PRISMA and name not in {"schema", "pgbouncer"})
