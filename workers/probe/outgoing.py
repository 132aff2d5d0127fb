"""A provider's `Request` → what goes over the wire, refused where a tenant's field would bend it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from workers.probe.outcome import NoReply
from workers.provider import Request
from workers.secret import Secret
from workers.verdict import Trouble

_PORTS: Final = {"http": 80, "https": 443, "smtp": 587, "smtps": 465}
_HTTP: Final = ("http", "https")
_ANY: Final = tuple(_PORTS)
_PORT_MAX: Final = 65_535
_URL: Final = re.compile(r"[!-~]+")  # before urlsplit, which drops CR, LF and TAB without a word
_HOST: Final = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}|[0-9A-Fa-f:.]+")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[ -~\xa0-\xff]*")  # latin-1 without its control characters, TAB among them
_ALWAYS: Final = {
    "User-Agent": "healthsup/1",  # the same for every release: a provider's allow-list outlives our versions
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection leads; those of one origin are shared by all tenants."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """As in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One checked request. `target` is path and query."""

    origin: Origin
    method: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


def prepare(request: Request, base: Origin | None) -> Outgoing:
    """Check and encode a request; `base` replaces its origin. Raise `NoReply(BAD_REQUEST)` if it is none."""
    try:
        origin, target = _split(request.url, _HTTP)
        origin = base or origin
        return Outgoing(
            origin,
            _whole(_TOKEN, request.method),
            _with_query(target, request.query),
            _headers(request, origin),
            None if request.body is None else request.body.reveal().encode(),
        )
    except ValueError:  # UnicodeEncodeError too: a lone surrogate out of JSON
        raise NoReply(Trouble.BAD_REQUEST) from None


def origin_of(url: str) -> Origin:
    """Scheme, host and port of a URL of http(s) or smtp(s); a path is passed over. Raise ValueError for any other."""
    return _split(url, _ANY)[0]


def place(scheme: str, host: str, port: int) -> Origin:
    """A tenant's own host and port. Raise `NoReply(BAD_REQUEST)` where they are none."""
    name = host.removesuffix(".")
    if _HOST.fullmatch(name) is None or not 0 < port <= _PORT_MAX:
        raise NoReply(Trouble.BAD_REQUEST)
    return Origin(scheme, name, port)


@lru_cache(maxsize=256)  # of URLs, which hold no secret by `Request`'s own rule
def _split(url: str, schemes: tuple[str, ...]) -> tuple[Origin, str]:
    parts = urlsplit(_whole(_URL, url))
    port = parts.port or _PORTS.get(parts.scheme)
    if port is None or parts.scheme not in schemes or "@" in parts.netloc or parts.port == 0:
        raise ValueError("not an absolute URL of a known scheme without user information")
    host = _whole(_HOST, (parts.hostname or "").removesuffix("."))
    path = parts.path or "/"
    return Origin(parts.scheme, host, port), f"{path}?{parts.query}" if parts.query else path


def _with_query(target: str, query: Mapping[str, Secret | str]) -> str:
    if not query:
        return target
    encoded = urlencode({name: _plain(value) for name, value in query.items()}, quote_via=quote)
    return f"{target}{'&' if '?' in target else '?'}{encoded}"


def _headers(request: Request, origin: Origin) -> dict[str, str]:
    own = {_whole(_TOKEN, name).title(): _whole(_VALUE, _plain(value)) for name, value in request.headers.items()}
    return {**_ALWAYS, **own, "Host": origin.authority}


def _plain(value: Secret | str) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _whole(allowed: re.Pattern[str], text: str) -> str:
    if allowed.fullmatch(text) is None:
        raise ValueError("a character that cannot be sent")
    return text
