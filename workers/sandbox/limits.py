"""Bounds on what a worker may hold: descriptors, memory, bytes written, threads; and its memory kept out of swap."""

import os
import resource
from contextlib import suppress
from typing import Final

from workers.sandbox.system import function

_MAX_OPEN_FILES: Final = 8192
_ENOUGH_TASKS: Final = 8192
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_MOST_WRITTEN_BYTES: Final = 1 << 16  # the fault handler's dump; pipes and sockets are no files


def close_descriptors(keep: tuple[int, ...]) -> tuple[str, ...]:
    """Close every descriptor but those."""
    low = 0
    for fd in sorted(keep):
        if low < fd:  # an empty range at 0 would be taken for all
            os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, 1 << 30)
    return ("descriptors-closed",)


def limit_descriptors() -> None:
    _lower(resource.RLIMIT_NOFILE, _MAX_OPEN_FILES)


def limit(memory_mib: int) -> tuple[str, ...]:
    """Bound private writable memory, the size of any file, and, but for root, the threads it can add."""
    _lower(resource.RLIMIT_DATA, memory_mib << 20)
    _lower(resource.RLIMIT_FSIZE, _MOST_WRITTEN_BYTES)
    _leave_tasks()
    return ("limits",)


def _leave_tasks() -> None:
    """Half of what its user may start, wherever it runs, but not less than 8192: the rest is the supervisor's."""
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    if hard != resource.RLIM_INFINITY:
        _lower(resource.RLIMIT_NPROC, max(hard // 2, _ENOUGH_TASKS))


def lock_memory() -> tuple[str, ...]:
    """Keep plaintext out of swap: lock what is touched from now on, where RLIMIT_MEMLOCK lets us lock everything.

    It counts all address space, of which Python has some hundred MiB: the usual 8 MiB do not do. Root raises it.
    """
    most = resource.RLIM_INFINITY
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (most, most))
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == most:
        with suppress(OSError):
            function("mlockall", _MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT)
            return ("memory-locked",)
    return ("memory-not-locked",)


def _lower(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))
