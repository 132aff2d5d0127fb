"""The server's own log: one file, begun anew at each start, read only to explain a failure."""

import os
from pathlib import Path
from typing import BinaryIO

_READ_BYTES = 8192
_QUOTED = 400


def opened(path: Path, owner: tuple[int, int]) -> BinaryIO:
    """Begun anew, for appending, so that several programs may write to it; for its owner alone."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
    if os.fstat(descriptor).st_uid != owner[0]:  # we are root: they may start the server themselves one day
        os.fchown(descriptor, *owner)
    return os.fdopen(descriptor, "wb", buffering=0)


def last_words(path: Path) -> str:
    """The lines of the file that say why it ended, fit to be printed; empty when there are none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _READ_BYTES))
            return tail(file.read(), lines=3)
    except OSError:
        return ""


def tail(raw: bytes, *, lines: int) -> str:
    """The last `lines`, or those around the first FATAL one, joined by ` | `, every control character escaped."""
    said = [line.strip() for line in raw.decode("utf-8", "backslashreplace").split("\n") if line.strip()]
    fatal = next((number for number, line in enumerate(said) if "FATAL:" in line), len(said))
    text = " | ".join(said[: fatal + 2][-lines:])
    escaped = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return escaped if len(escaped) <= _QUOTED else f"…{escaped[-_QUOTED:]}"
