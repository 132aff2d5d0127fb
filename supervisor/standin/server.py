"""The process of the stand-in: one thread a connection, HTTP/1.1 with keep-alive, SMTP, orders on stdin.

Started by `process.StandIn` alone. It answers on stdout with one JSON line for each line on stdin, and ends
when stdin does or its parent dies.
"""

import ctypes
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from supervisor.standin.answers import answer, api_of
from supervisor.standin.ledger import Ledger
from supervisor.standin.mark import read
from supervisor.standin.message import framed, parsed
from supervisor.standin.post import Post
from supervisor.standin.wire import MISBEHAVIOURS

_MAX_REQUEST_BYTES: Final = 1 << 20
_STACK_BYTES: Final = 256 << 10
_PR_SET_PDEATHSIG: Final = 1


class Shop:
    """Serves connections; `latency_s` is added to every answer."""

    def __init__(self, ledger: Ledger, tls: ssl.SSLContext | None, latency_s: float) -> None:
        self._ledger = ledger
        self._tls = tls
        self._latency_s = latency_s

    def serve(self, line: socket.socket) -> None:
        try:
            if self._tls:
                line = self._tls.wrap_socket(line, server_side=True)
            self._converse(line)
        except (OSError, ValueError):  # the client went, or speaks no HTTP: nobody to answer
            pass
        finally:
            line.close()

    def _converse(self, line: socket.socket) -> None:
        received = b""
        while True:
            while (end := received.find(b"\r\n\r\n")) < 0:
                received = _more(line, received)
            head, received = received[:end], received[end + 4 :]
            expected = _body_bytes(head)
            while len(received) < expected:
                received = _more(line, received)
            body, received = received[:expected], received[expected:]
            if not self._answer(line, head, body):
                return

    def _answer(self, line: socket.socket, head: bytes, body: bytes) -> bool:
        """Whether the connection may be used again."""
        request = parsed(head, body)
        mark = read(request)
        self._ledger.add(api_of(request), request.method, request.path, mark.text)
        pause_s = self._latency_s + mark.delay_s
        if pause_s:
            time.sleep(pause_s)
        misbehave = MISBEHAVIOURS.get(mark.word)
        if misbehave:
            misbehave(line)
            return False
        line.sendall(framed(answer(request, mark)))
        return request.headers.get("connection", "").lower() != "close"


def _more(line: socket.socket, received: bytes) -> bytes:
    data = line.recv(65536)
    if not data or len(received) > _MAX_REQUEST_BYTES:
        raise ConnectionError("no whole request")
    return received + data


def _body_bytes(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    return int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _listen(serve: Callable[[socket.socket], None]) -> int:
    """Serve each connection to a port of its own in a thread of its own; returns the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)

    def accept() -> None:
        while True:
            line, _ = listener.accept()
            with suppress(OSError):  # the client is gone already
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def obey(ledger: Ledger) -> None:
    """Carry out the parent's orders until it closes the pipe."""
    for line in sys.stdin:
        match json.loads(line):
            case ["ledger"]:
                told: object = ledger.entries()
            case ["clear"]:
                ledger.clear()
                told = True
            case ["await", str(mark), float(within)]:
                told = ledger.await_mark(mark, within)
            case _:
                raise SystemExit("unknown order")
        print(json.dumps(told), flush=True)  # noqa: T201 - the pipe to the parent


def main() -> None:
    parent, latency_s, certificate, key = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it stops it
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        raise SystemExit("the parent is gone")
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
    threading.stack_size(_STACK_BYTES)
    ledger = Ledger()
    shop = Shop(ledger, tls, float(latency_s))
    posts = [
        Post(ledger, tls, float(latency_s), implicit=implicit) for implicit in ((False, True) if tls else (False,))
    ]
    ports = [_listen(serve) for serve in (shop.serve, *(post.serve for post in posts))]
    print(json.dumps(ports), flush=True)  # noqa: T201 - the pipe to the parent
    obey(ledger)
    os._exit(0)  # connections in the middle of a misbehaviour are not waited for


if __name__ == "__main__":
    main()
