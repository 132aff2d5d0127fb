"""Who holds a lease: a name that says which process on which machine, so that its successor can tell it is dead."""

import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

_PARTS: Final = 6
_UNKNOWN: Final = "unknown"


def mine() -> str:
    """The owner's name of this process: machine, boot, pid namespace, pid, start time, nonce."""
    return f"{_place()}/{os.getpid()}/{_started(os.getpid())}/{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Whether that owner certainly lives no more: same machine, and an earlier boot or a process that is gone.

    An owner on another machine, or in another pid namespace, cannot be judged: its lease must run out.
    """
    parts = owner.split("/")
    if len(parts) != _PARTS:
        return False
    machine, boot, namespace = _place().split("/")
    if parts[0] != machine:
        return False
    if parts[1] != boot:
        return _UNKNOWN not in machine  # without a machine id two hosts may have the same name
    return parts[2] == namespace and parts[3].isdigit() and _started(int(parts[3])) != parts[4]


def _place() -> str:
    machine = _read("/etc/machine-id") or _UNKNOWN
    boot = _read("/proc/sys/kernel/random/boot_id")
    namespace = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    return f"{socket.gethostname()}+{machine[:12]}/{boot[:13]}/{namespace}"


def _started(pid: int) -> str:
    """Start time of a process in clock ticks since boot; empty when there is none (a zombie is none)."""
    after_name = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    alive = bool(after_name) and after_name[0] not in ("Z", "X")
    return after_name[19] if alive else ""


def _read(path: str) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return Path(path).read_text(encoding="ascii").strip()
    return ""
