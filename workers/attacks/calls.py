"""System and library calls as code that was smuggled in would make them (x86-64)."""

import ctypes
import os
from typing import Final

LIBC: Final = ctypes.CDLL(None, use_errno=True)


def call(numbers: str) -> int:
    """A system call: its number, and perhaps arguments."""
    number, *arguments = (ctypes.c_long(int(part)) for part in numbers.split(","))
    return checked(int(LIBC.syscall(number, *arguments)))


def checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
