"""A `healthsup check --json` at work in the background; what it tells is read as it comes."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.helpers.system import BOUND, ROOT, System


class Checking:
    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.told: list[dict] = []
        self.errors: list[str] = []
        self._changed = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=lambda: self.errors.extend(process.stderr), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_lines(self) -> None:
        for line in self.process.stdout:
            with self._changed:
                self.told.append(json.loads(line))
                self._changed.notify_all()

    def users(self) -> list[int]:
        """Who was told so far, in order."""
        with self._changed:
            return [row["user_id"] for row in self.told]

    def wait(self, *users: int, within: float = BOUND) -> None:
        """Until all of them are told; bounded."""
        with self._changed:
            done = self._changed.wait_for(lambda: set(users) <= {row["user_id"] for row in self.told}, within)
            assert done, (users, self.told, self.errors)

    def end(self) -> list[dict]:
        """Everything it has told, when it has ended well."""
        assert self.process.wait(BOUND) == 0, self.errors
        for reader in self._readers:
            reader.join(BOUND)
        return self.told


@contextmanager
def checking(system: System, *options: str) -> Iterator[Checking]:
    process = subprocess.Popen(
        [sys.executable, "-m", "supervisor", "check", "--json", *options],
        env=system.environ,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    one = Checking(process)
    try:
        yield one
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(BOUND)
        for reader in one._readers:
            reader.join(BOUND)
        process.stdout.close()
        process.stderr.close()
