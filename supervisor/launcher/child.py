"""One worker process as the supervisor holds it: its pidfd, its page, its dump, its stderr."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from supervisor.launcher.dump import Dump
from workers.flight import Page

_MAX_STDERR_BYTES: Final = 4096
CLOSED: Final = "\0closed"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended: by a signal (its name), or with an exit code."""

    signal: str | None
    exit_code: int | None


class Child:
    """`identity` is the routing id of its generation, `build` the program that its zygote has named.

    `ending` gives its code once it is reaped.

    `ran_out` says, once, whether the kernel tells of a kill for want of memory that explains its death.
    """

    def __init__(
        self,
        pid: int,
        pidfd: int,
        generation: int,
        identity: str,
        *,
        page: Page,
        dump: Dump,
        stderr_fd: int,
        ending: Callable[[int, float], int | None],
        ran_out: Callable[[], bool] = lambda: False,
        build: str = "",
    ) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self.generation = generation
        self.identity = identity
        self.build = build
        self.page = page
        self.dump = dump
        self.stderr_fd = stderr_fd
        os.set_blocking(stderr_fd, False)
        self.last_words = ""
        self._ending = ending
        self._ran_out = ran_out
        self._code: int | None = None

    def kill(self, number: int = signal.SIGKILL) -> bool:
        """Send a signal through the pidfd; False when the process is already gone."""
        try:
            signal.pidfd_send_signal(self.pidfd, number)
        except ProcessLookupError:
            return False
        return True

    def reap(self, within: float = 0.0) -> Ending | None:
        """How it ended; None when it has not within the seconds given."""
        if self._code is None:
            self._code = self._ending(self.pid, within)
        code = self._code
        if code is None or code >= 0:
            return None if code is None else Ending(None, code)
        try:
            return Ending(signal.Signals(-code).name, None)
        except ValueError:  # a realtime signal
            return Ending(f"SIG{-code}", None)

    def ran_out_of_memory(self, ending: Ending) -> bool:
        """Whether the kernel killed it for want of memory, as far as it tells; ask once, when it is dead."""
        return ending.signal == "SIGKILL" and self._ran_out()

    def read_stderr(self) -> str:
        """What it has written to stderr since the last call, bounded; `CLOSED` at its end.

        The newest line is kept as its last words.
        """
        try:
            data = os.read(self.stderr_fd, _MAX_STDERR_BYTES)
        except BlockingIOError:
            return ""
        if not data:
            return CLOSED
        text = data.decode("utf-8", "replace")
        if text.strip():
            self.last_words = text.strip().splitlines()[-1]
        return text

    def close(self) -> None:
        """Give back every descriptor of a reaped child."""
        for fd in (self.stderr_fd, self.pidfd):
            os.close(fd)
        self.dump.close()
        self.page.close()
