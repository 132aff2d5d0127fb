"""A program of its own between fork and exec: die with the parent, become the right user, exec.

    python -I -S descend.py PARENT_PID GUISE DIRECTORY PROGRAM [ARGUMENT]...

GUISE is `as-is`, `user:UID:GID` or `namespace:UID:GID` (root here, that user within). It is a program because
code in `preexec_fn` may deadlock where the parent has threads. It costs about 10 ms. No imports of ours: by the
time it fails, its one line on stderr and exit code 126 are all there is.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NOT_POSSIBLE = 126


def main(arguments: list[str]) -> None:
    parent, guise, directory, *command = arguments
    kind, _, ids = guise.partition(":")
    if kind != "as-is":
        uid, gid = (int(number) for number in ids.split(":"))
        {"user": _become, "namespace": _appear_as}[kind](uid, gid)
    # After the change of user, which clears it. A server gets SIGINT: a fast, orderly shutdown.
    _call("prctl", PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
    if os.getppid() != int(parent):
        raise ProcessLookupError(0, "the parent is gone")
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # a parent may block what its children must hear
    os.chdir(directory)
    os.umask(0o077)
    os.execv(command[0], command)  # noqa: S606 - no shell is the point


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def _appear_as(uid: int, gid: int) -> None:
    """A user namespace in which we are `uid`: files stay ours, and nobody is root."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER)
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1", encoding="ascii")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1", encoding="ascii")


def _call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.stderr.write(f"{error.strerror}\n")
        sys.exit(NOT_POSSIBLE)
