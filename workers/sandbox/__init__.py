"""What the worker gives up before it reads its key: cores, outliving its parent, new privileges, being looked into.

Plain syscalls through ctypes: no dependency, and nothing to go wrong at an import. A core dump would hold every
tenant's plaintext; a worker that outlives its supervisor would go on talking to providers with nobody to store it.
"""

import ctypes
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
_OOM_SCORE_ADJ: Final = "500"  # the kernel takes the worker before the supervisor and the database
_MAX_OPEN_FILES: Final = 8192


def die_with_parent(parent: int) -> None:
    """Arm SIGKILL for the moment the supervisor's main thread ends; leave at once when it is already gone."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def close_in() -> tuple[str, ...]:
    """Give up what can be given up; returns the names of the layers in force, for the start-up line."""
    with suppress(OSError):  # a kernel or container that does not let us: nothing else depends on it
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE_ADJ, encoding="ascii")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(_MAX_OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    os.umask(0o077)
    return ("no-core", "no-new-privileges", "not-dumpable", "dies-with-parent")


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")
