"""`healthsup run` as a child process: started, followed by its log lines, stopped. Dies with its parent."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from supervisor.errors import Fatal

_STOP_WITHIN_S: Final = 10.0
_READ_BYTES: Final = 65536
# The child binds itself to its parent, so that even a killed demonstration leaves nothing running.
_BOUND: Final = (
    "import ctypes, os, runpy, signal, sys\n"
    "ctypes.CDLL(None).prctl(1, signal.SIGTERM)\n"
    "parent = int(sys.argv.pop(1))\n"
    "os.getppid() == parent or sys.exit('the parent is gone')\n"
)
HEALTHSUP: Final = "runpy.run_module('supervisor', run_name='__main__', alter_sys=True)\n"
"""The program of `command`, as Python text; its `sys.argv[1:]` are `--config FILE` and the arguments."""

Event = dict[str, Any]


def command(config: Path, *arguments: str, program: str = HEALTHSUP) -> list[str]:
    """The command line of healthsup with this configuration, bound to the calling process."""
    return [sys.executable, "-P", "-c", _BOUND + program, str(os.getpid()), "--config", str(config), *arguments]


class Daemon:
    """Use it in a `with`, from the main thread."""

    def __init__(self, config: Path, environ: Mapping[str, str], *, program: str = HEALTHSUP) -> None:
        self._process = subprocess.Popen(
            command(config, "run", program=program),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stderr is not None
        self._pipe = self._process.stderr
        self._rest = b""
        self._last_words = "no word"
        self.lines = 0  # that it has written so far

    @property
    def pid(self) -> int:
        return self._process.pid

    def read(self, within: float) -> list[Event]:
        """The log events that came; none when so many seconds brought none. Raise `Fatal` when it has ended."""
        ready, _, _ = select.select([self._pipe], [], [], max(0.0, within))
        if not ready:
            return []
        data = os.read(self._pipe.fileno(), _READ_BYTES)
        if not data:
            raise Fatal(f"the supervisor ended unexpectedly ({self._last_words})")
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.lines += len(lines)
        return list(filter(None, map(self._event, lines)))

    def events(self, *, until: float, every: float) -> Iterator[Event]:
        """Its log events as they come, and an empty one whenever `every` seconds brought none.

        Raise `Fatal` when it ends, or when nobody stopped asking before the monotonic instant `until`.
        """
        while time.monotonic() < until:
            yield from self.read(every) or [{}]
        raise Fatal(f"the supervisor did not finish its pass in time ({self._last_words})")

    def _event(self, line: bytes) -> Event | None:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict) and "event" in event:
            return event
        self._last_words = line.decode("ascii", "backslashreplace")[:200]
        return None

    def reload(self) -> None:
        """SIGHUP: it reads its configuration again."""
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> int:
        """SIGTERM, and SIGKILL when that is not heeded; its exit code. Safe to repeat."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._pipe.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
