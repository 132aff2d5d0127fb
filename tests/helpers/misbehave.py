"""A raw-socket server that can misbehave in five lines: one function a connection, in a thread of its own.

def trickle(peer):
    peer.request()
    peer.trickle(b"HTTP/1.1 200 OK...")

with serving(trickle) as server: ...
"""

import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_PATIENCE = 10.0  # seconds until a handler gives up, so that a broken test ends


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket, server: "Server", number: int) -> None:
        self.sock = sock
        self.server = server
        self.number = number  # of this connection, from 1
        self._rest = b""

    def request(self) -> bytes:
        """One whole request, head and body; empty when the client is gone."""
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            if not self._more():
                return b""
        length = re.search(rb"\r\ncontent-length: (\d+)", self._rest[:end].lower())
        whole = end + 4 + (int(length[1]) if length else 0)
        while len(self._rest) < whole:
            if not self._more():
                return b""
        request, self._rest = self._rest[:whole], self._rest[whole:]
        self.server.requests.append(request)
        return request

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reply(self, body: bytes = b"{}", *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> None:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        self.send("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)

    def trickle(self, data: bytes, *, every: float = 0.02) -> None:
        """A byte at a time; each arrives long before any timeout of a single recv."""
        for byte in data:
            if self.server.stop.wait(every):
                return
            self.send(bytes([byte]))

    def flood(self, data: bytes) -> None:
        """The same over and over until the client hangs up."""
        while not self.server.stop.is_set():
            self.send(data)

    def hang(self) -> None:
        self.server.stop.wait(_PATIENCE)

    def reset(self) -> None:
        """RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _more(self) -> bool:
        data = self.sock.recv(65_536)
        self._rest += data
        return bool(data)


class Server:
    def __init__(self, listener: socket.socket, *, tls: bool) -> None:
        self.port: int = listener.getsockname()[1]
        self.scheme = "https" if tls else "http"
        self.stop = threading.Event()
        self.connections = 0
        self.requests: list[bytes] = []
        self.served_names: list[str | None] = []  # SNI, one a handshake

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


@contextmanager
def serving(
    handler: Callable[[Peer], object], *, tls: ssl.SSLContext | None = None, handshake: bool = True
) -> Iterator[Server]:
    """Serve on 127.0.0.1 until the block ends; every connection is closed then and every thread joined."""
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        server = Server(listener, tls=tls is not None)
        if tls:
            tls.sni_callback = lambda _sock, name, _context: server.served_names.append(name)
        open_sockets: list[socket.socket] = []

        def serve(sock: socket.socket, number: int) -> None:
            with suppress(OSError):
                if tls and handshake:
                    sock = tls.wrap_socket(sock, server_side=True)
                    open_sockets.append(sock)
                handler(Peer(sock, server, number))
            sock.close()

        def accept() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                sock.settimeout(_PATIENCE)
                server.connections += 1
                open_sockets.append(sock)
                threads.append(threading.Thread(target=serve, args=(sock, server.connections)))
                threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield server
        finally:
            server.stop.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for sock in open_sockets:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


@contextmanager
def nobody_listening() -> Iterator[int]:
    """A port of 127.0.0.1 that refuses connections, and that nobody else can take meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def answering(body: bytes = b"{}", **how) -> Callable[[Peer], None]:
    """A handler that behaves: answers every request of a connection."""

    def handle(peer: Peer) -> None:
        while peer.request():
            peer.reply(body, **how)

    return handle


def saying(raw: bytes) -> Callable[[Peer], None]:
    """A handler that reads one request, says these bytes and closes."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(raw)

    return handle
