"""Files: reading, writing, and what is open already."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final


def _read(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        os.pread(fd, 1, 0) if path.endswith("/mem") else os.read(fd, 1)
    os.close(fd)


def _write(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    Path(path).unlink()


def _overwrite(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY))


def _grow_page(_: str) -> None:
    """The one file it can write to, made larger."""
    page = next(fd for fd in range(3, 64) if _is_page(fd))
    os.pwrite(page, b"x", 1 << 30)


def _is_page(fd: int) -> bool:
    with suppress(OSError):
        return os.pread(fd, 4, 0) == b"hsf1"
    return False


ATTACKS: Final[dict[str, Callable[[str], object]]] = {
    "read": _read,
    "list": os.listdir,
    "write": _write,
    "overwrite": _overwrite,
    "delete": os.unlink,
    "grow-page": _grow_page,
}
