"""What somebody who has taken a worker over would try: run inside the real, confined worker by `faults`, for tests.

An order is a JSON array of [name, argument] pairs; each attempt is told on stderr as one line, [name, argument, what
came of it]: "done", or the error's name. Whatever succeeds is undone, so that the next attempt finds the same worker.
"""

import ctypes
import errno
import json
import mmap
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

_libc: Final = ctypes.CDLL(None, use_errno=True)
_MSG_FASTOPEN: Final = 0x20000000
_GULP_BYTES: Final = 1 << 24
_MOST: Final = 100_000
_WITHIN_S: Final = 1.0


def run(order: str) -> None:
    """Try one after another."""
    for name, argument in json.loads(order):
        os.write(2, (json.dumps([name, argument, attempt(name, argument)]) + "\n").encode())


def attempt(name: str, argument: str) -> str:
    """What came of it, in one word."""
    try:
        ATTACKS[name](argument)
    except MemoryError:
        return "ENOMEM"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, type(error).__name__)
    return "done"


def _call(number: str, *arguments: object) -> int:
    """A system call by number (x86-64), as code that was smuggled in would make it."""
    return _checked(int(_libc.syscall(ctypes.c_long(int(number)), *arguments)))


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


# --- the network ------------------------------------------------------------------------------------------------------


def _connect(port: str) -> None:
    with socket.socket() as sock:
        sock.settimeout(_WITHIN_S)
        sock.connect(("127.0.0.1", int(port)))


def _fast_open(port: str) -> None:
    with socket.socket() as sock:
        sock.settimeout(_WITHIN_S)
        sock.sendto(b"x", _MSG_FASTOPEN, ("127.0.0.1", int(port)))


def _connect_unix(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path.replace("@", "\0") if path.startswith("@") else path)


def _unix_datagram(path: str) -> None:
    """A pair of datagram sockets can be connected anew."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.connect(path)


def _open_socket(spoken: str) -> None:
    family, kind, protocol = map(int, spoken.split(","))
    socket.socket(family, kind, protocol).close()


def _bind(kind: str) -> None:
    with socket.socket(socket.AF_INET, int(kind)) as sock:
        sock.bind(("127.0.0.1", 0))


def _listen(_: str) -> None:
    with socket.socket() as sock:
        sock.listen()


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


# --- files ------------------------------------------------------------------------------------------------------------


def _read(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        os.pread(fd, 1, 0) if path.endswith("/mem") else os.read(fd, 1)
    os.close(fd)


def _write(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    Path(path).unlink()


def _overwrite(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY))


def _grow_dump(_: str) -> None:
    """The one file it can write to, made larger."""
    dump = next(fd for fd in range(3, 64) if _is_dump(fd))
    os.pwrite(dump, b"x", 1 << 20)


def _is_dump(fd: int) -> bool:
    with suppress(OSError):
        return os.fstat(fd).st_size == 1 << 16
    return False


# --- other processes --------------------------------------------------------------------------------------------------


def _execute(program: str) -> None:
    if (pid := os.fork()) == 0:
        with suppress(OSError):
            _execute_in_place(program)
        os._exit(1)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise PermissionError(errno.EACCES, "not executed")


def _execute_in_place(program: str) -> None:
    os.execv(program, [program])  # noqa: S606 - what is to be refused


def _survive(_: str) -> None:
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _trace(pid: str) -> None:
    attach = 0x4206  # PTRACE_SEIZE
    none = ctypes.c_void_p(0)
    _checked(int(_libc.ptrace(attach, int(pid), none, none)))


def _read_memory(pid: str) -> None:
    here = ctypes.create_string_buffer(8)
    ours = (ctypes.c_void_p * 2)(ctypes.addressof(here), 8)
    theirs = (ctypes.c_void_p * 2)(0x400000, 8)
    try:
        _checked(int(_libc.process_vm_readv(int(pid), ours, 1, theirs, 1, 0)))
    except OSError as error:
        if error.errno != errno.EFAULT:  # that address is not mapped; but it was let
            raise


def _signal(pid: str) -> None:
    os.kill(int(pid), 0)


def _signal_by_descriptor(pid: str) -> None:
    """A descriptor whose owner is another process: the kernel signals it when something comes."""
    import fcntl  # noqa: PLC0415 - what is loaded already needs no file

    ours, theirs = socket.socketpair()
    with ours, theirs:
        fcntl.fcntl(ours, 8, int(pid))  # F_SETOWN


def _watch(pid: str) -> None:
    os.close(os.pidfd_open(int(pid)))


# --- itself -----------------------------------------------------------------------------------------------------------


def _control(words: str) -> None:
    option, value = map(int, words.split(","))
    _checked(int(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0)))


def _raise_limit(kind: str) -> None:
    soft, hard = resource.getrlimit(int(kind))
    more = resource.RLIM_INFINITY if hard != resource.RLIM_INFINITY else hard
    if soft == more:
        return
    try:
        resource.setrlimit(int(kind), (more, more))
    except ValueError as error:  # Python's word for EPERM
        raise PermissionError(errno.EPERM, "refused") from error


def _map_code(_: str) -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def _fill_descriptors(_: str) -> None:
    taken: list[int] = []
    try:
        while len(taken) < _MOST:
            taken.append(os.eventfd(0))
    finally:
        for fd in taken:
            os.close(fd)


def _fill_memory(mib: str) -> None:
    _ = [bytearray(_GULP_BYTES) for _ in range((int(mib) << 20) // _GULP_BYTES)]


def _start_thread(_: str) -> None:
    """Not refused: the window is threads."""
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def _hurt_itself(_: str) -> None:
    os.kill(os.getpid(), signal.SIGCONT)


def _resolve(host: str) -> None:
    socket.getaddrinfo(host, None)


ATTACKS: Final[dict[str, Callable[[str], object]]] = {
    "connect": _connect,
    "fast-open": _fast_open,
    "connect-unix": _connect_unix,
    "unix-datagram": _unix_datagram,
    "socket": _open_socket,
    "bind": _bind,
    "listen": _listen,
    "say": _say,
    "read": _read,
    "list": os.listdir,
    "write": _write,
    "overwrite": _overwrite,
    "delete": os.unlink,
    "grow-dump": _grow_dump,
    "exec": _execute,
    "exec-in-place": _execute_in_place,
    "fork": _survive,
    "ptrace": _trace,
    "read-memory": _read_memory,
    "signal": _signal,
    "signal-by-descriptor": _signal_by_descriptor,
    "pidfd": _watch,
    "prctl": _control,
    "raise-limit": _raise_limit,
    "map-code": _map_code,
    "fill-descriptors": _fill_descriptors,
    "fill-memory": _fill_memory,
    "syscall": _call,
    "thread": _start_thread,
    "signal-itself": _hurt_itself,
    "resolve": _resolve,
}
