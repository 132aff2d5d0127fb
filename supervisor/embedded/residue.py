"""What an earlier run left in a data directory, and who still works in it.

Only for the holder of the lock: whatever still runs here has lost its owner.
"""

import contextlib
import errno
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from supervisor.embedded.address import SOCKET
from supervisor.embedded.place import Place, refused, shown
from supervisor.errors import Transient

POLL = 0.004
_PID_MAX = 2**31 - 1
SOCKET_DIR_PREFIX = "healthsup-pg-"
_NAMES = ("postgres", "initdb")  # not a shell that happens to stand there
_ORDERLY_WITHIN, _ORPHANS_WITHIN, _QUICK_WITHIN = 15.0, 0.5, 5.0


@dataclass(frozen=True, slots=True)
class PidFile:
    """What a postmaster says of itself; `state` is empty until it says so."""

    pid: int
    socket_dir: str = ""
    state: str = ""

    @classmethod
    def read(cls, path: Path) -> "PidFile | None":
        """None where there is no such file, or nothing that makes sense in it."""
        try:
            lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
            pid = abs(int(lines[0]))  # negative: of a server in single-user mode
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise refused(path.parent, error) from error
        lines += [""] * 8
        return cls(pid, socket_dir=lines[4], state=lines[7].strip()) if 0 < pid <= _PID_MAX else None


def settle(place: Place) -> None:
    """End what still runs in the data directory, then remove what would keep a new server from starting.

    A pid file whose process does not exist stays: PostgreSQL judges it together with its shared memory.
    """
    left = PidFile.read(place.pid_file)
    end_residents(place.data, postmaster=left.pid if left else 0)
    try:
        if left is not None:
            remove_socket_dir(Path(left.socket_dir), owner=place.data.stat().st_uid)
        if left is None or _exists(left.pid):  # broken; or another program's by now, or a zombie nobody reaps
            place.pid_file.unlink(missing_ok=True)
        for name in (SOCKET, f"{SOCKET}.lock"):
            (place.data / name).unlink(missing_ok=True)
    except OSError as error:
        raise refused(place.data, error) from error


def remove_socket_dir(path: Path, *, owner: int) -> None:
    """Remove a temporary directory of ours, and never anything else."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        if path.name.startswith(SOCKET_DIR_PREFIX) and (found.st_uid, found.st_mode & 0o777) == (owner, 0o700):
            shutil.rmtree(path, ignore_errors=True)


def waited(condition: Callable[[], bool], within: float) -> bool:
    """Whether `condition` came true within so many seconds."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(POLL)
    return True


def end_residents(directory: Path, *, postmaster: int = 0, quick: float = _QUICK_WITHIN) -> None:
    """Wait until no PostgreSQL works in `directory`, and see to it.

    A postmaster is asked to stop; what has lost its own ends by itself within milliseconds, unless it computes. Then
    each of two signals has `quick` seconds.
    """

    def gone() -> bool:
        return not _residents(directory)

    within = _ORPHANS_WITHIN
    if postmaster in _residents(directory):
        _send(postmaster, signal.SIGINT)
        within = _ORDERLY_WITHIN
    if waited(gone, within):
        return
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for pid in _residents(directory):
            _send(pid, number)
        if waited(gone, quick):
            return
    raise Transient(f"an earlier PostgreSQL still runs in {shown(directory)}", "end it, or wait until it ends")


def _residents(directory: Path) -> set[int]:
    """Processes at work here: by name, and by their working directory, which a rename does not change."""
    try:
        home = directory.stat()
    except OSError:
        return set()
    return {int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _lives(entry, home)}


def _lives(process: Path, home: os.stat_result) -> bool:
    try:
        here = (process / "cwd").stat()
        if (here.st_dev, here.st_ino) != (home.st_dev, home.st_ino):
            return False
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip() in _NAMES
    except OSError:  # ended meanwhile, a zombie, or another user's
        return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
