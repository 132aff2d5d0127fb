"""Misbehaviour on the line: what a broken or hostile server does with a connection instead of answering."""

import socket
import struct
import time
import zlib
from collections.abc import Callable
from functools import cache
from types import MappingProxyType
from typing import Final

_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_CHUNK: Final = b" " * 65536
_HUGE_BYTES: Final = 64 << 20
_TRICKLE_PAUSE_S: Final = 0.05
_PATIENCE_S: Final = 300.0  # no misbehaviour outlives this, whoever forgot to hang up


def _trickle(line: socket.socket) -> None:
    """A promised body, byte by byte: each read succeeds, the whole never ends."""
    line.sendall(_HEAD + b"Content-Length: 100000\r\n\r\n")
    for _ in range(round(_PATIENCE_S / _TRICKLE_PAUSE_S)):
        line.sendall(b" ")
        time.sleep(_TRICKLE_PAUSE_S)


def _reset(line: socket.socket) -> None:
    """RST in the middle of the body."""
    line.sendall(_HEAD + b'Content-Length: 1000\r\n\r\n{"object":')
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _drop(_line: socket.socket) -> None:
    """The connection is closed without a byte of answer."""


def _huge(line: socket.socket) -> None:
    """64 MiB of blanks before any JSON."""
    line.sendall(_HEAD + b"Content-Length: %d\r\n\r\n" % _HUGE_BYTES)
    for _ in range(_HUGE_BYTES // len(_CHUNK)):
        line.sendall(_CHUNK)


def _gzipbomb(line: socket.socket) -> None:
    """64 KiB that unpack to 64 MiB."""
    body = _bomb()
    line.sendall(_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


@cache
def _bomb() -> bytes:
    press = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(press.compress(_CHUNK) for _ in range(_HUGE_BYTES // len(_CHUNK))) + press.flush()


def _badgzip(line: socket.socket) -> None:
    """A body that says it is gzip and is not."""
    line.sendall(_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot gzip at ")


def _garbage(line: socket.socket) -> None:
    """Something that speaks no HTTP, as when a port belongs to another service."""
    line.sendall(b"220 mail.example ESMTP\r\n\x00\xff\xfe\x1b[31m\r\n\r\n")


def _headers(line: socket.socket) -> None:
    """Headers without end."""
    line.sendall(_HEAD)
    for number in range(100_000):
        line.sendall(b"X-Filler-%d: %s\r\n" % (number, b"x" * 100))


def _hang(line: socket.socket) -> None:
    """The request is read and nothing ever comes."""
    line.settimeout(_PATIENCE_S)
    while line.recv(65536):
        pass


MISBEHAVIOURS: Final = MappingProxyType[str, Callable[[socket.socket], None]](
    {
        "trickle": _trickle,
        "reset": _reset,
        "drop": _drop,
        "huge": _huge,
        "gzipbomb": _gzipbomb,
        "badgzip": _badgzip,
        "garbage": _garbage,
        "headers": _headers,
        "hang": _hang,
    }
)
"""By word: each takes the connection over; it is closed afterwards. `OSError` when the client went first."""
