"""Other processes: programs, children, and everything about the supervisor and its kin."""

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from workers.attacks.calls import LIBC, checked


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
    checked(int(LIBC.ptrace(attach, int(pid), none, none)))


def _read_memory(pid: str) -> None:
    here = ctypes.create_string_buffer(8)
    ours = (ctypes.c_void_p * 2)(ctypes.addressof(here), 8)
    theirs = (ctypes.c_void_p * 2)(0x400000, 8)
    try:
        checked(int(LIBC.process_vm_readv(int(pid), ours, 1, theirs, 1, 0)))
    except OSError as error:
        if error.errno != errno.EFAULT:  # that address is not mapped; but it was let
            raise


def _signal(pid: str) -> None:
    os.kill(int(pid), 0)


def _signal_by_descriptor(pid: str) -> None:
    """A descriptor whose owner is another process: the kernel signals it when something comes."""
    with socket.socket() as sock:
        fcntl.fcntl(sock, 8, int(pid))  # F_SETOWN


def _watch(pid: str) -> None:
    os.close(os.pidfd_open(int(pid)))


def _signal_by_number(words: str) -> None:
    """Some other call that signals: its number, and the process."""
    number, pid = map(int, words.split(","))
    checked(int(LIBC.syscall(ctypes.c_long(number), pid, 0, 0, 0)))


def _limit_other(pid: str) -> None:
    resource.prlimit(int(pid), resource.RLIMIT_NOFILE, (64, 64))


def _robust_list(pid: str) -> None:
    """Where another process keeps its locks: an address of its memory."""
    head, size = ctypes.c_void_p(), ctypes.c_size_t()
    checked(int(LIBC.syscall(274, int(pid), ctypes.byref(head), ctypes.byref(size))))


def _smuggled() -> mmap.mmap | None:
    """Getpid by int 0x80, written while a page may still be code; None where none ever may."""
    with suppress(OSError):
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(b"\xb8\x14\0\0\0\xcd\x80\xc3")
        return page
    return None


_CODE: Final = _smuggled()


def _by_interrupt(_: str) -> None:
    """A system call by the numbers of another architecture, from a process of this one."""
    if _CODE is None:
        raise OSError(errno.EPERM, "no code")
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(_CODE)))()


ATTACKS: Final[dict[str, Callable[[str], object]]] = {
    "exec": _execute,
    "exec-in-place": _execute_in_place,
    "fork": _survive,
    "ptrace": _trace,
    "read-memory": _read_memory,
    "signal": _signal,
    "signal-by-descriptor": _signal_by_descriptor,
    "pidfd": _watch,
    "signal-by-number": _signal_by_number,
    "limit-other": _limit_other,
    "robust-list": _robust_list,
    "interrupt": _by_interrupt,
}
