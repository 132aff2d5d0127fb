"""What a worker's sandbox consists of, by the names under which a worker reports it, and whether this kernel has it."""

import subprocess
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from supervisor.launcher.command import worker_command, worker_environment

LAYERS: Final = MappingProxyType({
    "landlock": "reads the resolver's files alone, writes nothing",
    "landlock-ports": "connects to the providers' TCP ports alone, binds none",
    "landlock-scopes": "signals nobody, no abstract unix sockets",
    "seccomp": "makes the system calls of its work alone",
    "no-unix-sockets": "no unix sockets after its hello",
    "no-capabilities": "root's powers are gone",
    "limits": "bounded memory and files",
})  # fmt: skip
"""Every layer that `require` asks for beyond what each worker has, and what it is good for."""

_TRY_WITHIN_S: Final = 30


def lacking(layers: Collection[str]) -> list[str]:
    """The layers that are not there."""
    return [name for name in LAYERS if name not in layers]


def try_sandbox(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The layers that a worker would have here, tried by a process that puts itself under them."""
    done = subprocess.run(
        worker_command("confine"),
        env=worker_environment(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_TRY_WITHIN_S,
        check=False,
    )
    return tuple(done.stdout.decode("ascii", "replace").split())
