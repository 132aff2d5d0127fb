"""Plain syscalls through ctypes: no dependency, and nothing to go wrong at an import."""

import ctypes
import os
import platform
from typing import Final

MACHINE: Final = platform.machine()
_libc: Final = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    """Raise `OSError` when the kernel refuses."""
    none = ctypes.c_ulong(0)
    _checked(int(_libc.prctl(option, ctypes.c_ulong(value), none, none, none)), f"prctl({option})")


def call(number: int, *arguments: object) -> int:
    """A syscall by its number; Python integers are passed as long. Raise `OSError` when it fails."""
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _checked(int(_libc.syscall(ctypes.c_long(number), *given)), f"syscall {number}")


def function(name: str, *arguments: object) -> int:
    """A function of the C library. Raise `OSError` when it fails."""
    return _checked(int(getattr(_libc, name)(*arguments)), name)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
