"""Where the sockets live: one 0700 directory of ours, looked for in the same places in the same order by everyone."""

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from supervisor.errors import BadConfig

_SYSTEM_DIR: Final = Path("/run/healthsup")
SOCKET_NAME: Final = "control.sock"
_MOST_BYTES: Final = 107 - len("/worker-4194304.sock")  # a unix socket's path, and the longest name of ours


def candidates(configured: str | None, environ: Mapping[str, str]) -> list[Path]:
    """Every place that may hold the sockets, the preferred one first; `control.dir` excludes all others."""
    if configured:
        return [Path(configured).absolute()]
    places = []
    if runtime := environ.get("RUNTIME_DIRECTORY"):
        places.append(Path(runtime.split(":")[0]))
    if os.access(_SYSTEM_DIR, os.W_OK | os.X_OK) and _is_ours(_SYSTEM_DIR):
        places.append(_SYSTEM_DIR)
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        places.append(Path(runtime) / "healthsup")
    places.append(Path(tempfile.gettempdir()) / f"healthsup-{os.getuid()}")
    return places


def prepare(configured: str | None, environ: Mapping[str, str]) -> Path:
    """The first usable place, made with mode 0700 and checked to be ours. Raise `BadConfig` when there is none."""
    complaint = ""
    for place in candidates(configured, environ):
        if len(bytes(place)) > _MOST_BYTES:
            complaint = f"{place} is too long for a socket's path"
            continue
        try:
            place.mkdir(mode=0o700, exist_ok=True, parents=configured is not None)
            if _is_ours(place):
                return place
            complaint = f"{place} belongs to somebody else or is open to others"
        except OSError as error:
            complaint = f"{place}: {error.strerror}"
    raise BadConfig(
        f"no private directory for the sockets ({complaint})",
        "set control.dir to a short directory of yours with mode 0700",
    )


def find_running(configured: str | None, environ: Mapping[str, str]) -> Path | None:
    """The control socket of a running supervisor, if one is in the places we look."""
    for place in candidates(configured, environ):
        path = place / SOCKET_NAME
        if path.is_socket():
            return path
    return None


def _is_ours(place: Path) -> bool:
    facts = place.lstat()
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & 0o077
