"""The three filters: the zygote's, which its workers inherit; a worker's own; and, after its hello, no unix sockets."""

import ctypes
import errno
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from workers.sandbox import bpf, syscalls
from workers.sandbox.bpf import ALLOW, Block, Test, allow_if, allow_pairs, answer, fail
from workers.sandbox.system import MACHINE, call

_COLUMNS: Final = {"x86_64": 0, "aarch64": 1}
_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SET_MODE_FILTER, _TSYNC = 1, 1
_PR_SET_NAME, _PR_SET_VMA = 15, 0x53564D41
_CLONE_THREAD: Final = 0x00010000
_CLONE_NEW: Final = 0x7E020000  # every namespace
_PROT_EXEC: Final = 4
_MAP_PRIVATE, _MAP_KINDS = 2, 0xF
_WRITING: Final = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | 0x400000  # __O_TMPFILE
_PLAIN_SENDING: Final = socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT
_ANY_OTHER_FLAG: Final = 0xFFFFFFFF & ~_PLAIN_SENDING  # MSG_FASTOPEN connects, and Landlock is not asked; MSG_OOB, …
_KINDS: Final = 0xF  # of sockets, without SOCK_NONBLOCK and SOCK_CLOEXEC
_PLAIN_FCNTL: Final = (0, 1, 2, 3, 4, 1030, 1034)  # F_DUPFD … F_SETFL, F_DUPFD_CLOEXEC, F_GET_SEALS; no F_SETOWN
_PLAIN_IOCTL: Final = (0x5421, 0x541B, 0x5451, 0x5450, 0x5401)  # FIONBIO, FIONREAD, FIOCLEX, FIONCLEX, TCGETS
_TUNED: Final = {
    socket.IPPROTO_TCP: (socket.TCP_NODELAY, socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT),
    socket.SOL_SOCKET: (socket.SO_KEEPALIVE, socket.SO_RCVBUF, socket.SO_SNDBUF),
    socket.IPPROTO_IP: (10, 11),  # MTU_DISCOVER, RECVERR: the resolver's
    socket.IPPROTO_IPV6: (23, 25, socket.IPV6_V6ONLY),  # the same
}
_ASKED: Final = {socket.SOL_SOCKET: (socket.SO_TYPE, socket.SO_ERROR, 17, 38, 39)}  # PEERCRED, PROTOCOL, DOMAIN
_NOT_HERE: Final = fail(errno.ENOSYS)
_REFUSED: Final = fail(errno.EPERM)


def confine_zygote() -> tuple[str, ...]:
    """Everything a worker does up to its confinement, and forking: no program, no other's memory, no namespace."""
    return _install(_zygote, "seccomp")


def confine_worker() -> tuple[str, ...]:
    """What stands in `syscalls`, in this thread and all that come out of it."""
    return _install(_worker, "seccomp")


def forbid_unix_sockets() -> tuple[str, ...]:
    """In every thread: Landlock keeps nobody from connecting to PostgreSQL's socket. No filter comes after this.

    Nor epoll, which is ZeroMQ's alone: what is watched counts for the user, and the supervisor is the same one.
    """
    return _install(_no_unix_sockets, "no-unix-sockets", flags=_TSYNC)


def _install(blocks: "_Filter", name: str, *, flags: int = 0) -> tuple[str, ...]:
    column = _COLUMNS.get(MACHINE)
    if column is None or sys.maxsize < 1 << 32 or not _is_glibc():
        return ()  # nobody has written down this architecture's numbers, or what this library calls
    numbers = _Numbers(column)
    program = bpf.program([bpf.prologue(_ARCHITECTURES[MACHINE], x32=column == 0), *blocks(numbers)])
    with suppress(OSError):  # a kernel without it, or a container that does not let us
        unsynchronised = call(numbers.of("seccomp"), _SET_MODE_FILTER, flags, ctypes.byref(program))
        return () if unsynchronised else (name,)
    return ()


def _is_glibc() -> bool:
    """Under another C library (musl) no name would be found: its resolver opens and binds by other calls."""
    with suppress(OSError, ValueError):
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    return False


class _Numbers:
    def __init__(self, column: int) -> None:
        self._column = column

    def of(self, name: str) -> int:
        number = syscalls.BY_ARGUMENT[name][self._column]
        assert number is not None
        return number

    def plain(self, table: syscalls.Numbers) -> Iterator[Block]:
        numbers = (both[self._column] for both in table.values())
        return (answer(number, ALLOW) for number in numbers if number is not None)


_Filter = Callable[[_Numbers], Iterator[Block]]


def _zygote(numbers: _Numbers) -> Iterator[Block]:
    yield from numbers.plain(syscalls.WORKER | syscalls.BIRTH)
    yield allow_if(numbers.of("clone"), [Test(0, (0,), _CLONE_NEW)])
    yield bpf.rest_by_age(syscalls.NEWEST, _NOT_HERE, _REFUSED)


def _worker(numbers: _Numbers) -> Iterator[Block]:
    for name, tests in _by_argument(os.getpid()).items():
        yield allow_if(numbers.of(name), tests)
    yield allow_pairs(numbers.of("setsockopt"), (1, 2), _TUNED, _REFUSED)
    yield allow_pairs(numbers.of("getsockopt"), (1, 2), _ASKED, _REFUSED)
    yield answer(numbers.of("sched_setscheduler"), fail(0))  # ZeroMQ asks for what it has, and aborts on a no
    yield answer(numbers.of("epoll_create1"), ALLOW)  # ZeroMQ's, until it is connected
    yield answer(numbers.of("clone3"), _NOT_HERE)  # its flags cannot be seen; the C library falls back to clone
    yield from numbers.plain(syscalls.WORKER)
    yield bpf.rest_by_age(syscalls.NEWEST, _NOT_HERE, _REFUSED)


def _by_argument(pid: int) -> dict[str, list[Test]]:
    """Calls and what their arguments must be."""
    not_executable = [Test(2, (0,), _PROT_EXEC)]
    return {
        "socket": [
            Test(0, (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX), otherwise=fail(errno.EAFNOSUPPORT)),
            Test(1, (socket.SOCK_STREAM, socket.SOCK_DGRAM), _KINDS),
            Test(2, (0, socket.IPPROTO_TCP, socket.IPPROTO_UDP)),  # Landlock is asked about no other stream
        ],
        "socketpair": [Test(0, (socket.AF_UNIX,)), Test(1, (socket.SOCK_STREAM,), _KINDS)],  # never to be reconnected
        "sendto": [Test(3, (0,), _ANY_OTHER_FLAG)],
        "sendmmsg": [Test(3, (0,), _ANY_OTHER_FLAG)],
        "openat": [Test(2, (0,), _WRITING)],
        "mmap": [*not_executable, Test(3, (_MAP_PRIVATE,), _MAP_KINDS)],  # no limit counts what is shared
        "mprotect": not_executable,
        "clone": [Test(0, (_CLONE_THREAD,), _CLONE_THREAD | _CLONE_NEW)],
        "kill": [Test(0, (pid,))],
        "tgkill": [Test(0, (pid,))],
        "fcntl": [Test(1, _PLAIN_FCNTL)],
        "ioctl": [Test(1, _PLAIN_IOCTL)],
        "prctl": [Test(0, (_PR_SET_NAME, _PR_SET_VMA))],
        "prlimit64": [Test(0, (0,))],
        "seccomp": [Test(0, (_SET_MODE_FILTER,)), Test(1, (_TSYNC,))],
    }


def _no_unix_sockets(numbers: _Numbers) -> Iterator[Block]:
    others = (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)  # the last is answered by the filter before
    yield allow_if(numbers.of("socket"), [Test(0, others)])
    for name in ("socketpair", "epoll_create1", "seccomp"):
        yield answer(numbers.of(name), _REFUSED)
    yield bpf.rest(ALLOW)
