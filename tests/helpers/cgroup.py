"""A cgroup of a test's own, of either version, in which commands run under a limit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers.system import BOUND
from tests.helpers.traces import eventually

_ENTER = ("sh", "-c", 'echo $$ > "$0"/cgroup.procs && exec "$@"')
_MOUNTED = Path("/sys/fs/cgroup")


class Cgroup:
    """`enter` is put before a command so that it runs in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.enter = (*_ENTER, str(path))

    def write(self, name: str, value: object) -> None:
        (self.path / name).write_text(str(value))


def removed(path: Path) -> bool:
    """False while a process of it has not quite ended."""
    try:
        path.rmdir()
    except OSError:
        return False
    return True


@contextmanager
def limited(controller: str, limits: dict[str, str], value: object) -> Iterator[Cgroup]:
    """`limits` names the file by version ("2", "1"); skips the test where none can be made."""
    second = (_MOUNTED / "cgroup.controllers").exists()
    made = Cgroup((_MOUNTED if second else _MOUNTED / controller) / f"healthsup-test-{os.getpid()}")
    try:
        made.path.mkdir()
    except OSError as error:
        pytest.skip(f"no cgroup can be made here: {error.strerror}")
    try:
        try:
            made.write(limits["2" if second else "1"], value)
        except OSError as error:
            pytest.skip(f"no limit of {controller} can be set here: {error.strerror}")
        yield made
    finally:
        assert eventually(lambda: removed(made.path), BOUND), "somebody still lives in it"
