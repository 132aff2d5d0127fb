"""One HTTP exchange: a total deadline, a byte cap, a checked address that the connection is pinned to."""

import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPException, IncompleteRead
from ipaddress import ip_address
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from urllib3.exceptions import HTTPError

from workers.probe.address import is_public
from workers.probe.body import read_body
from workers.probe.connection import Connection, Idle
from workers.probe.outcome import NoReply
from workers.probe.outgoing import Origin, Outgoing, origin_of, prepare
from workers.probe.resolve import Resolve, Resolver
from workers.probe.sockets import AllowanceSpentError, TimedSocket, TimedTLSSocket, tls_context
from workers.probe.timings import Timings, since
from workers.provider import Request
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

_TROUBLES: Final[tuple[tuple[type[OSError], Trouble], ...]] = (  # the first that fits
    (TimeoutError, Trouble.TIMEOUT),
    (ssl.SSLEOFError, Trouble.RESET),
    (ssl.SSLZeroReturnError, Trouble.RESET),
    (ssl.SSLSyscallError, Trouble.RESET),
    (ssl.SSLError, Trouble.TLS),  # the server's alert, when it wants a client certificate, comes this late
    (OSError, Trouble.RESET),
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
        self._connect_timeout = connect_timeout
        self._total_timeout = total_timeout
        self._max_body_bytes = max_body_bytes
        self._allow_private = allow_private
        self._bases = {api: origin_of(url) for api, url in base_urls.items()}
        self._idle = Idle(pool_size)
        self._resolver = Resolver(resolve)
        self._tls = ssl_context or tls_context()
        self._tls.sslsocket_class = TimedTLSSocket

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
        try:
            outgoing = prepare(request, self._bases.get(api))
            took = timings or Timings()
            took.host = outgoing.origin.authority
            return self._exchange(outgoing, min(deadline, monotonic() + self._total_timeout), stamp, took)
        except NoReply as end:
            return Failure(end.trouble)

    def rehearse(self, request: Request) -> Reply | Failure:
        """An exchange with ourselves over a pair of sockets, as if the provider had said `{}`."""
        try:
            outgoing = prepare(request, None)
            ours, theirs = socket.socketpair()
            with theirs:
                theirs.sendall(_REHEARSED)
                connection = Connection(outgoing.origin)
                connection.sock = connection.wire = TimedSocket(fileno=ours.detach())
                return self._ask(connection, outgoing, monotonic() + self._total_timeout, Timings())
        except NoReply as end:
            return Failure(end.trouble)

    def close(self) -> None:
        """Close what is idle; exchanges under way go on."""
        self._idle.close()
        self._resolver.close()

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
        connection = Connection(outgoing.origin)
        started = monotonic()
        addresses = self._addresses(outgoing.origin, deadline)
        timings.resolve = since(started)
        connection.open(addresses, self._tls, within=self._connect_timeout, deadline=deadline, timings=timings)
        stamp(Phase.PROBE)
        return self._ask(connection, outgoing, deadline, timings)

    def _addresses(self, origin: Origin, deadline: float) -> tuple[str, ...]:
        if monotonic() >= deadline:
            raise NoReply(Trouble.TIMEOUT)
        found = _literal(origin.host) or self._resolver.addresses(origin.host, deadline=deadline)
        if not found:
            raise NoReply(Trouble.RESOLVE)
        permitted = found if self._allow_private else tuple(filter(is_public, found))
        if not permitted:
            raise NoReply(Trouble.FORBIDDEN_ADDRESS)
        return permitted

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


def _literal(host: str) -> tuple[str, ...]:
    try:
        return (str(ip_address(host)),)
    except ValueError:
        return ()


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
    return next((trouble for kind, trouble in _TROUBLES if isinstance(cause, kind)), Trouble.MALFORMED)
