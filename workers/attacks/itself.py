"""What it has taken itself: limits, memory, descriptors, threads."""

import ctypes
import errno
import mmap
import os
import resource
import select
import signal
import threading
from collections.abc import Callable
from typing import Final

from workers.attacks.calls import LIBC, checked

_GULP_BYTES: Final = 1 << 24
_MOST: Final = 100_000


def _control(words: str) -> None:
    option, value = map(int, words.split(","))
    checked(int(LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0)))


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


def _share_memory(mib: str) -> None:
    """Memory that others could share is counted by no limit of a process."""
    shared = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
    _ = [mmap.mmap(-1, _GULP_BYTES, flags=shared) for _ in range((int(mib) << 20) // _GULP_BYTES)]


def _watch_descriptors(_: str) -> None:
    """Each watch counts for the user, of whom the supervisor is another process."""
    select.epoll().close()


def _flood_threads(most: str) -> None:
    """Threads that wait, with the smallest stack there is; they stay."""
    attributes, thread = ctypes.create_string_buffer(64), ctypes.c_ulong()
    LIBC.pthread_attr_init(attributes)
    LIBC.pthread_attr_setstacksize(attributes, ctypes.c_size_t(16384))
    for _ in range(int(most)):
        if number := LIBC.pthread_create(ctypes.byref(thread), attributes, LIBC.pause, None):
            raise OSError(number, "no further thread")


ATTACKS: Final[dict[str, Callable[[str], object]]] = {
    "prctl": _control,
    "raise-limit": _raise_limit,
    "map-code": _map_code,
    "fill-descriptors": _fill_descriptors,
    "fill-memory": _fill_memory,
    "share-memory": _share_memory,
    "watch-descriptors": _watch_descriptors,
    "flood-threads": _flood_threads,
    "thread": _start_thread,
    "signal-itself": _hurt_itself,
}
