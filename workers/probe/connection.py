"""Connections to checked addresses, and the idle ones kept for the next tenant.

Built on urllib3's connection, driven directly instead of through its pool: the pool would hide whether a
connection was used before, resolve names by itself, print request URLs in its debug log, and set the shared
context's ALPN list at every connection while other threads may be reading it.
"""

import errno
import http.client
import socket
import ssl
import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from time import monotonic
from typing import Final

from urllib3.connection import HTTPConnection

from workers.probe.outcome import NoReply
from workers.probe.outgoing import Origin
from workers.probe.sockets import TimedSocket
from workers.probe.timings import Timings, since
from workers.verdict import Trouble

_IDLE_FOR: Final = 30.0  # seconds; a NAT may drop an idle connection without telling us after 60
_OUR_SHORTAGES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
_ADDRESSES_MAX: Final = 4  # tried for one connection, each with its share of the time


class _StrictResponse(http.client.HTTPResponse):
    """Refuses a head with a line that is no header: those behind it, the length too, would be lost."""

    def begin(self, *args: object, **options: object) -> None:
        super().begin(*args, **options)
        coding = self.headers.get("transfer-encoding", "chunked")
        if self.headers.get_payload() or coding.lower() != "chunked":
            raise http.client.IncompleteRead(b"")


class Connection(HTTPConnection):
    """One connection of one thread at a time; it connects by `open` alone, never by itself."""

    response_class = _StrictResponse
    auto_open = 0

    def __init__(self, origin: Origin) -> None:
        super().__init__(origin.host, origin.port, timeout=None)
        self.origin: Final = origin
        self.wire: TimedSocket

    def open(
        self,
        addresses: Sequence[str],
        tls: ssl.SSLContext,
        *,
        within: float,
        deadline: float,
        timings: Timings | None = None,
    ) -> None:
        """Connect to the first address that accepts; TLS with the name of the origin. Raise `NoReply`."""
        took = timings or Timings()
        started = monotonic()
        until = min(started + within, deadline)
        sock = self._reach(addresses[:_ADDRESSES_MAX], until, deadline)
        took.connect = since(started)
        if self.origin.scheme == "https":
            started = monotonic()
            sock = self._secure(sock, tls, until, deadline)
            took.tls = since(started)
        self.sock = self.wire = sock

    def _reach(self, addresses: Sequence[str], until: float, deadline: float) -> TimedSocket:
        for index, address in enumerate(addresses):
            share = (until - monotonic()) / (len(addresses) - index)
            if share <= 0:
                break
            try:
                return _connect(address, self.origin.port, share)
            except OSError as error:
                if error.errno in _OUR_SHORTAGES:
                    raise NoReply(Trouble.LOCAL) from None
        raise NoReply(Trouble.TIMEOUT if monotonic() >= deadline else Trouble.CONNECT)

    def _secure(self, sock: TimedSocket, tls: ssl.SSLContext, until: float, deadline: float) -> TimedSocket:
        try:
            sock.settimeout(max(until - monotonic(), 0.001))
            secured = tls.wrap_socket(sock, server_hostname=self.origin.host)
        except (OSError, ValueError):
            sock.close()
            raise NoReply(Trouble.TIMEOUT if monotonic() >= deadline else Trouble.TLS) from None
        assert isinstance(secured, TimedSocket)
        return secured


def _connect(address: str, port: int, within: float) -> TimedSocket:
    sock = TimedSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(within)
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock


class Idle:
    """The open connections nobody uses, at most `size` of all origins together; the longest idle go first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._since: OrderedDict[Connection, float] = OrderedDict()
        self._by_origin: dict[Origin, deque[Connection]] = {}

    def take(self, origin: Origin) -> Connection | None:
        """The connection to an origin that was used last, if one is still usable."""
        while (connection := self._pop(origin)) is not None:
            if connection.wire.is_quiet():
                return connection
            connection.close()
        return None

    def put(self, connection: Connection) -> None:
        now = monotonic()
        with self._lock:
            self._since[connection] = now
            self._by_origin.setdefault(connection.origin, deque()).append(connection)
            surplus = self._drop_surplus(now)
        for old in surplus:
            old.close()

    def close(self) -> None:
        with self._lock:
            connections = list(self._since)
            self._since.clear()
            self._by_origin.clear()
        for connection in connections:
            connection.close()

    def _pop(self, origin: Origin) -> Connection | None:
        with self._lock:
            mine = self._by_origin.get(origin)
            if mine is None:
                return None
            connection = mine.pop()
            since = self._since.pop(connection)
            if not mine:
                del self._by_origin[origin]
        if since + _IDLE_FOR < monotonic():
            connection.close()
            return self._pop(origin)
        return connection

    def _drop_surplus(self, now: float) -> list[Connection]:
        surplus = []
        while self._since:
            connection, since = next(iter(self._since.items()))
            if len(self._since) <= self._size and since + _IDLE_FOR >= now:
                break
            del self._since[connection]
            mine = self._by_origin[connection.origin]
            mine.popleft()  # the longest idle of all is that of its origin too
            if not mine:
                del self._by_origin[connection.origin]
            surplus.append(connection)
        return surplus
