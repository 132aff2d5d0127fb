"""One exchange over HTTP or SMTP: a total deadline, a byte cap, a checked address that the line is pinned to."""

import logging
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException, IncompleteRead
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from urllib3.exceptions import HTTPError

from workers.probe.body import read_body
from workers.probe.connection import Connection, Idle
from workers.probe.dialer import Dialer
from workers.probe.outcome import NoReply, trouble_of
from workers.probe.outgoing import Origin, Outgoing, origin_of, prepare
from workers.probe.resolve import Resolve, Resolver
from workers.probe.smtp import log_in
from workers.probe.sockets import AllowanceSpentError, TimedSocket, tls_context
from workers.probe.timings import Timings, since
from workers.provider import Login, Request
from workers.verdict import Failure, Reply, Trouble
from workers.wire import Phase

if TYPE_CHECKING:
    from urllib3.response import HTTPResponse

_HEAD_BYTES: Final = 131_072  # of all status lines and headers; servers send 1 to 8 KiB
_HEADERS_MAX: Final = 64
_NAME_CHARS: Final = 128
_VALUE_CHARS: Final = 1024
_FIRST_FINAL_STATUS: Final = 200
_REHEARSED: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
)

_log = logging.getLogger("urllib3")  # it would write request URLs, whose queries may hold keys
_log.setLevel(logging.CRITICAL + 1)
_log.propagate = False


class Prober:
    """The worker's only way to a provider; one for all threads.

    `base_urls`: api → scheme://host:port that replaces that of its requests. `pool_size`: idle connections
    kept, of all providers together. `ssl_context` (default: `tls_context()`) becomes the prober's own.
    """

    def __init__(
        self,
        *,
        connect_timeout: float,
        total_timeout: float,
        max_body_bytes: int,
        allow_private: bool,
        base_urls: Mapping[str, str],
        pool_size: int,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._total_timeout = total_timeout
        self._max_body_bytes = max_body_bytes
        self._bases = {api: origin_of(url) for api, url in base_urls.items()}
        self._idle = Idle(pool_size)
        self._dialer = Dialer(
            Resolver(resolve), ssl_context or tls_context(), within=connect_timeout, allow_private=allow_private
        )
        self._dial: Callable[..., TimedSocket] = self._dialer.dial

    def exchange(
        self,
        request: Request,
        *,
        api: str,
        deadline: float,
        stamp: Callable[[Phase], None],
        timings: Timings | None = None,
    ) -> Reply | Failure:
        """Send one request and read its whole reply before `deadline`, a `time.monotonic()` value.

        A connection kept alive may turn out to be closed by the server: broken before any byte of a reply,
        the request goes out once more, on a fresh connection. The first may have been processed all the same, so
        a conversation may only yield requests that do no harm twice: reads, token grants that use nothing up.
        """
        took = timings or Timings()
        try:
            outgoing = prepare(request, self._base(api, took, "http", "https"))
            return self._exchange(outgoing, min(deadline, monotonic() + self._total_timeout), stamp, took)
        except NoReply as end:
            return Failure(end.trouble)

    def login(
        self,
        login: Login,
        *,
        api: str,
        deadline: float,
        stamp: Callable[[Phase], None],
        timings: Timings | None = None,
    ) -> Reply | Failure:
        """Log in at a mail server, with the same guards; its reply is described at `Login`."""
        took = timings or Timings()
        try:
            return log_in(
                self._dialer,
                login,
                self._base(api, took, "smtp", "smtps"),
                max_bytes=self._max_body_bytes,
                deadline=min(deadline, monotonic() + self._total_timeout),
                stamp=stamp,
                timings=took,
            )
        except NoReply as end:
            return Failure(end.trouble)

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """Within it whoever is asked is ourselves, and says `{}`: nothing leaves this process."""
        self._dial = _dial_ourselves
        try:
            yield
        finally:
            self._dial = self._dialer.dial

    def close(self) -> None:
        """Close what is idle; exchanges under way go on."""
        self._idle.close()
        self._dialer.close()

    def _base(self, api: str, timings: Timings, *schemes: str) -> Origin | None:
        """Where `base_url` leads this provider's requests; one of another protocol leads nowhere."""
        base = self._bases.get(api)
        if base is not None:
            timings.host = base.authority
            if base.scheme not in schemes:
                raise NoReply(Trouble.FORBIDDEN_ADDRESS)
        return base

    def _exchange(self, outgoing: Outgoing, deadline: float, stamp: Callable[[Phase], None], timings: Timings) -> Reply:
        stamp(Phase.CONNECT)
        connection = self._idle.take(outgoing.origin)
        if connection is not None:
            stamp(Phase.PROBE)
            try:
                return self._ask(connection, outgoing, deadline, timings)
            except NoReply as end:
                if not end.unheard:
                    raise
            stamp(Phase.CONNECT)
        line = self._dial(outgoing.origin, deadline=deadline, timings=timings)
        stamp(Phase.PROBE)
        return self._ask(Connection(outgoing.origin, line), outgoing, deadline, timings)

    def _ask(self, connection: Connection, outgoing: Outgoing, deadline: float, timings: Timings) -> Reply:
        wire = connection.wire
        response: HTTPResponse | None = None
        keep = False
        try:
            wire.begin(deadline=deadline, allowance=_HEAD_BYTES)
            started = monotonic()
            response = _send(connection, outgoing)
            timings.first_byte = since(started)
            wire.allowance = 2 * self._max_body_bytes + _HEAD_BYTES  # the framing of chunks may double a body
            started = monotonic()
            body = read_body(response, self._max_body_bytes)
            timings.body = since(started)
            keep = not connection.is_closed and response.status >= _FIRST_FINAL_STATUS
            return Reply(response.status, _bounded(response), body)
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            trouble = _trouble(error, ended=wire.ended, in_body=response is not None)
            raise NoReply(trouble, unheard=trouble is Trouble.RESET and not wire.received) from None
        finally:
            if keep:
                self._idle.put(connection)
            else:
                if response is not None:
                    response.close()
                connection.close()


def _dial_ourselves(*_: object, **__: object) -> TimedSocket:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(_REHEARSED)
        return TimedSocket(fileno=ours.detach())


def _send(connection: Connection, outgoing: Outgoing) -> "HTTPResponse":
    with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it had read all
        connection.request(
            outgoing.method,
            outgoing.target,
            body=outgoing.body,
            headers=outgoing.headers,
            preload_content=False,
            decode_content=False,
        )
    response = connection.getresponse()
    if connection.wire.ended:  # http.client takes a head cut off by EOF for a whole one
        response.close()
        raise ConnectionResetError
    return response


def _bounded(response: "HTTPResponse") -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()[:_NAME_CHARS]
        if key in headers:
            headers[key] = f"{headers[key]}, {value}"[:_VALUE_CHARS]
        elif len(headers) < _HEADERS_MAX:
            headers[key] = value[:_VALUE_CHARS]
    return MappingProxyType(headers)


def _trouble(error: BaseException, *, ended: bool, in_body: bool) -> Trouble:
    """The trouble behind an error of sending or reading; urllib3 wraps the real one while a body is read."""
    cause = (error.__cause__ or error) if isinstance(error, HTTPError) else error
    if isinstance(cause, AllowanceSpentError):
        return Trouble.TOO_LARGE if in_body else Trouble.MALFORMED
    if isinstance(cause, IncompleteRead) and ended:
        return Trouble.RESET
    return trouble_of(cause)
