"""A provider that changes its mind: lists of models as OpenAI and Groq have them, errors on demand, a port that closes."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BOUND = 30.0
_GOOD = b'{"object": "list", "data": [{"id": "small", "object": "model", "owned_by": "somebody", "active": true}]}'
_DOWN = b'{"error": {"message": "The server had an error", "type": "server_error"}}'


class Moody:
    """`down`: every answer is 503. `blips`: the next so many answers of a key are. `asked` counts by key."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.blips: Counter[str] = Counter()
        self.down = False
        self._changed = threading.Condition()
        self._lines: set[socket.socket] = set()
        self._place = socket.socket()  # keeps the port while nobody listens at it
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))
        self.port = self._place.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.open()

    def shut(self) -> None:
        """From now on the port is closed, and what was open is cut."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in list(self._lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self.shut()
        self._place.close()

    def wait(self, key: str, times: int) -> None:
        """Until this key has asked so often; bounded."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.asked[key] >= times, BOUND), f"{key} did not ask {times} times"

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                self._lines.add(line)
                threading.Thread(target=self._converse, args=(line,), daemon=True).start()

    def _converse(self, line: socket.socket) -> None:
        received = b""
        with suppress(OSError), line:
            while data := line.recv(65536):
                received += data
                while (end := received.find(b"\r\n\r\n")) >= 0:
                    head, received = received[:end], received[end + 4 :]
                    line.sendall(self._answer(head))
        self._lines.discard(line)

    def _answer(self, head: bytes) -> bytes:
        key = next(row for row in head.split(b"\r\n") if row.lower().startswith(b"authorization:")).split()[-1].decode()
        with self._changed:
            self.asked[key] += 1
            failing = self.down or self.blips[key] > 0
            self.blips[key] -= self.blips[key] > 0
            self._changed.notify_all()
        status, body = (b"503 Service Unavailable", _DOWN) if failing else (b"200 OK", _GOOD)
        return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            status,
            len(body),
            body,
        )


@contextmanager
def moody() -> Iterator[Moody]:
    made = Moody()
    try:
        yield made
    finally:
        made.close()
