"""Landlock: which files may be read, to which TCP ports may be connected; by plain syscalls, as the kernel offers.

`landlock(7)`; the numbers are the same on every architecture. Rules bind to the files found now, not to their names.
"""

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workers.sandbox.system import call

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION_FLAG: Final = 1
_PATH_BENEATH, _NET_PORT = 1, 2
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_SCOPES: Final = 0b11  # abstract unix sockets, signals
_FS_OF_1: Final = (1 << 13) - 1  # execute … make_sym
_FS_SINCE: Final = ((2, 1 << 13), (3, 1 << 14), (5, 1 << 15))  # refer, truncate, ioctl_dev
_NET_SINCE, _SCOPES_SINCE = 4, 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


class _NetPort(ctypes.Structure):
    _fields_ = (("access", ctypes.c_uint64), ("port", ctypes.c_uint64))


@dataclass(frozen=True, slots=True)
class Rules:
    """What stays allowed. `reading` None: everything may be read, and `connecting` None: any port be connected to."""

    reading: Iterable[Path] | None = ()
    connecting: Iterable[int] | None = ()


def version() -> int:
    """Which Landlock the kernel has; 0 for none."""
    try:
        return call(_CREATE, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict(rules: Rules) -> tuple[str, ...]:
    """Put this thread, and all that come out of it, under the rules; the names of the layers that are in force."""
    abi = version()
    if not abi:
        return ()
    handled = _handled(abi, rules)
    ruleset = call(_CREATE, ctypes.byref(handled), ctypes.sizeof(handled) if abi >= _SCOPES_SINCE else _sized(abi), 0)
    try:
        for path in rules.reading or ():
            _allow_reading(ruleset, path)
        if abi >= _NET_SINCE:
            for port in rules.connecting or ():
                call(_ADD, ruleset, _NET_PORT, ctypes.byref(_NetPort(_CONNECT_TCP, port)), 0)
        call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    names = {1: "landlock", _NET_SINCE: "landlock-ports", _SCOPES_SINCE: "landlock-scopes"}
    return tuple(name for since, name in names.items() if abi >= since)


def _handled(abi: int, rules: Rules) -> _Ruleset:
    files = _FS_OF_1
    for since, right in _FS_SINCE:
        files |= right if abi >= since else 0
    if rules.reading is None:
        files &= ~(_READ_FILE | _READ_DIR)
    ports = _BIND_TCP if rules.connecting is None else _BIND_TCP | _CONNECT_TCP
    return _Ruleset(files, ports if abi >= _NET_SINCE else 0, _SCOPES if abi >= _SCOPES_SINCE else 0)


def _sized(abi: int) -> int:
    """Bytes of the structure that an older kernel knows: it refuses more."""
    return 16 if abi >= _NET_SINCE else 8


def _allow_reading(ruleset: int, path: Path) -> None:
    with suppress(FileNotFoundError):  # a file that is not there now needs no rule
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rights = _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE
            call(_ADD, ruleset, _PATH_BENEATH, ctypes.byref(_PathBeneath(rights, fd)), 0)
        finally:
            os.close(fd)
