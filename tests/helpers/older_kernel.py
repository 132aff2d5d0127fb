"""A kernel that lacks system calls: a seccomp filter that answers them with ENOSYS, inherited by all children."""

import ctypes
import platform
import sys

from workers.sandbox import bpf, system

_ARCHITECTURES = {"x86_64": (0xC000003E, 317), "aarch64": (0xC00000B7, 277)}
SUPPORTED = platform.machine() in _ARCHITECTURES
LANDLOCK = 444
SECCOMP = _ARCHITECTURES.get(platform.machine(), (0, 0))[1]


def without(*numbers: int) -> None:
    """From now on this process and its children live on a kernel without them."""
    architecture, seccomp = _ARCHITECTURES[platform.machine()]
    system.prctl(38, 1)
    blocks = [bpf.answer(number, bpf.fail(38)) for number in numbers]
    program = bpf.program([bpf.prologue(architecture, x32=False), *blocks, bpf.rest(bpf.ALLOW)])
    system.call(seccomp, 1, 0, ctypes.byref(program))


if __name__ == "__main__":
    from supervisor.cli.edge import run

    without(*map(int, sys.argv[1].split(",")))
    sys.exit(run(sys.argv[2:]))
