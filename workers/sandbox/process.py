"""What a process gives up as such: outliving its parent, cores, privileges; and the name it goes by."""

import ctypes
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path
from typing import Final

from workers.sandbox.system import function, prctl

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NAME: Final = 15
_PR_CAPBSET_DROP: Final = 24
_PR_SET_NO_NEW_PRIVS: Final = 38
_CAPABILITY_VERSION: Final = 0x20080522
_MOST_CAPABILITIES: Final = 64
TO_READ_A_KEY: Final = frozenset({1, 2})  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: it may be another user's file
TO_GIVE_UP_MORE: Final = frozenset({8, 24})  # CAP_SETPCAP, and CAP_SYS_RESOURCE to lock memory
_OOM_SCORE_ADJ: Final = "500"  # the kernel takes the worker before the supervisor and the database
_ARG_START, _ARG_END = 45, 46  # of /proc/PID/stat, counted behind the name


def die_with_parent(parent: int) -> None:
    """Arm SIGKILL for the moment the supervisor's main thread ends; leave at once when it is already gone."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def close_in() -> tuple[str, ...]:
    """Give up what any process of ours can. A core dump would hold every tenant's plaintext."""
    with suppress(OSError):  # a kernel or container that does not let us: nothing else depends on it
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE_ADJ, encoding="ascii")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    prctl(_PR_SET_DUMPABLE, 0)
    os.umask(0o077)
    return ("no-core", "no-new-privileges", "not-dumpable", "dies-with-parent")


def drop_capabilities(keep: frozenset[int] = frozenset()) -> tuple[str, ...]:
    """Root keeps its number and loses its powers, for good; anybody else had none."""
    with suppress(OSError):  # at the first that is not ours to drop, or not this kernel's
        for number in sorted(set(range(_MOST_CAPABILITIES)) - keep):
            prctl(_PR_CAPBSET_DROP, number)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the same of the capabilities above 31
    function("capget", header, sets)
    held, low = tuple(sets), sum(1 << number for number in keep)
    sets[:] = [sets[0] & low, sets[1] & low, 0, 0, 0, 0]
    if tuple(sets) != held:  # a filter around us may forbid the call itself: the systemd unit's does
        function("capset", header, sets)
    return ("no-capabilities",)


def name(short: str, title: str = "") -> None:
    """Who is who: `short` (15 bytes) for top and kernel messages; `title` for ps, before the words zygote and PID.

    A fork keeps its parent's command line, which is overwritten in place: what does not fit is left as it was.
    """
    text = ctypes.create_string_buffer(short.encode()[:15])
    prctl(_PR_SET_NAME, ctypes.addressof(text))
    if not title:
        return
    fields = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    start, end = int(fields[_ARG_START]), int(fields[_ARG_END])
    line = Path("/proc/self/cmdline").read_bytes()
    _, found, tail = line.partition(b"\0zygote\0")
    new = title.encode() + found + tail.partition(b"\0")[0]
    if found and start and len(new) < end - start:
        ctypes.memmove(start, new.ljust(end - start, b"\0"), end - start)
