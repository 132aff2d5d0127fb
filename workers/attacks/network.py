"""Ways out: sockets of every kind, the database, the wire itself."""

import errno
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from workers.attacks.calls import LIBC, checked

_MSG_FASTOPEN: Final = 0x20000000
_TCP_FASTOPEN_CONNECT: Final = 30
_SO_BINDTODEVICE: Final = 25
_SO_PEERPIDFD: Final = 77
_WITHIN_S: Final = 1.0


def _connect(port: str) -> None:
    with socket.socket() as sock:
        sock.settimeout(_WITHIN_S)
        sock.connect(("127.0.0.1", int(port)))


def _fast_open(port: str) -> None:
    with socket.socket() as sock:
        sock.settimeout(_WITHIN_S)
        sock.sendto(b"x", _MSG_FASTOPEN, ("127.0.0.1", int(port)))


def _fast_open_later(port: str) -> None:
    """A connect that is put off until the first write."""
    with socket.socket() as sock:
        sock.settimeout(_WITHIN_S)
        sock.setsockopt(socket.IPPROTO_TCP, _TCP_FASTOPEN_CONNECT, 1)
        sock.connect(("127.0.0.1", int(port)))
        sock.sendall(b"x")


def _reconnect(port: str) -> None:
    """Dissolve a connection that there is not, then make one."""
    with socket.socket() as sock:
        nowhere = struct.pack("=H14x", socket.AF_UNSPEC)
        checked(int(LIBC.connect(sock.fileno(), nowhere, len(nowhere))))
        sock.connect(("127.0.0.1", int(port)))


def _connect_unix(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path.replace("@", "\0") if path.startswith("@") else path)


def _unix_datagram(path: str) -> None:
    """A pair of datagram sockets can be connected anew."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.connect(path)


def _pair_up(kind: str) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, int(kind))
    ours.close()
    theirs.close()


def _bind_to_device(_: str) -> None:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, b"lo")


def _attach_filter(_: str) -> None:
    """A program of the kernel's own machine, on a socket."""
    program = struct.pack("=HBBI", 0x06, 0, 0, 0)
    with socket.socket() as sock:
        address = id(program) + bytes.__basicsize__ - 1
        sock.setsockopt(socket.SOL_SOCKET, 26, struct.pack("=H6xQ", 1, address))  # SO_ATTACH_FILTER


def _peer(_: str) -> None:
    """A descriptor of the process at the other end of the wire."""
    with _wire() as sock:
        os.close(struct.unpack("=i", sock.getsockopt(socket.SOL_SOCKET, _SO_PEERPIDFD, 4))[0])


def _say_with(flags: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", int(flags), ("127.0.0.1", 9))


def _reconnect_wire(path: str) -> None:
    with _wire() as sock:
        sock.connect(path)


def _open_socket(spoken: str) -> None:
    family, kind, protocol = map(int, spoken.split(","))
    socket.socket(family, kind, protocol).close()


def _bind(kind: str) -> None:
    with socket.socket(socket.AF_INET, int(kind)) as sock:
        sock.bind(("127.0.0.1", 0))


def _listen(_: str) -> None:
    with socket.socket() as sock:
        sock.listen()


def _resolve(host: str) -> None:
    socket.getaddrinfo(host, None)


def _say(words: str) -> None:
    """Write to the supervisor's wire below ZeroMQ: `what` or `what,how many`."""
    what, _, count = words.partition(",")
    header = {
        "oversize": b"\x02" + (1 << 40).to_bytes(8, "big"),
        "junk": b"\xff" * 64,
        "no-message": b"\x00\x04junk",
        "nothing": b"\x00\x00",
        "two-parts": b"\x01\x01x\x00\x01x",
        "endless-parts": b"\x03" + (1 << 16).to_bytes(8, "big") + b"x" * (1 << 16),
    }[what]
    with _wire() as sock:
        for _ in range(int(count or 1)):
            sock.sendall(header)


def _wire() -> socket.socket:
    """The one unix socket it has."""
    for fd in range(3, 256):
        with suppress(OSError):
            sock = socket.fromfd(fd, socket.AF_UNIX, socket.SOCK_STREAM)
            if isinstance(sock.getpeername(), str) and sock.getpeername():
                sock.settimeout(60.0)
                return sock
    raise OSError(errno.EBADF, "no wire")


ATTACKS: Final[dict[str, Callable[[str], object]]] = {
    "connect": _connect,
    "fast-open": _fast_open,
    "fast-open-later": _fast_open_later,
    "reconnect": _reconnect,
    "connect-unix": _connect_unix,
    "reconnect-wire": _reconnect_wire,
    "unix-datagram": _unix_datagram,
    "socketpair": _pair_up,
    "bind-to-device": _bind_to_device,
    "attach-filter": _attach_filter,
    "peer": _peer,
    "say-with": _say_with,
    "socket": _open_socket,
    "bind": _bind,
    "listen": _listen,
    "resolve": _resolve,
    "say": _say,
}
