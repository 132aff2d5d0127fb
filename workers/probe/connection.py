"""HTTP connections over lines of the `Dialer`, and the idle ones kept for the next tenant.

Built on urllib3's connection, driven directly instead of through its pool: the pool would hide whether a
connection was used before, resolve names by itself, print request URLs in its debug log, and set the shared
context's ALPN list at every connection while other threads may be reading it.
"""

import http.client
import threading
from collections import OrderedDict, deque
from time import monotonic
from typing import Final

from urllib3.connection import HTTPConnection

from workers.probe.head import read_head
from workers.probe.outgoing import Origin
from workers.probe.sockets import TimedSocket

_FIRST_FINAL_STATUS: Final = 200
_BODILESS: Final = frozenset({204, 304})
_IDLE_FOR: Final = 30.0  # seconds; a NAT may drop an idle connection without telling us after 60


class _Response(http.client.HTTPResponse):
    """Its head by our own reading, its body by `http.client`'s; what RFC 9112 section 6.3 says joins the two."""

    _method: str | None  # by `http.client`

    def begin(self, *_: object) -> None:
        assert self.fp is not None
        head = read_head(self.fp)
        self.code = self.status = head.status
        self.version, self.reason = 10 + min(head.minor, 1), ""
        self.headers = self.msg = head.message
        bodiless = self._method == "HEAD" or head.status in _BODILESS or head.status < _FIRST_FINAL_STATUS
        self.length = 0 if bodiless else head.length
        self.chunked, self.chunk_left = head.chunked and not bodiless, None
        self.will_close = head.closing or (self.length is None and not self.chunked)


class Connection(HTTPConnection):
    """One connection of one thread at a time, over a line that is open already; it never connects by itself."""

    response_class = _Response
    auto_open = 0

    def __init__(self, origin: Origin, line: TimedSocket) -> None:
        super().__init__(origin.host, origin.port, timeout=None)
        self.origin: Final = origin
        self.sock = self.wire = line


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
