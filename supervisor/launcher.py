"""Starts the worker, signals it, and learns how it ended. The only room that knows about processes.

The worker gets a bare environment (key and salt are passed on unread), a session of its own, its stderr in a pipe
of its own, the flight page and the dump as descriptors, and nothing else that is open. It must be started from the
main thread: the kernel's parent-death signal is tied to the thread that forked.
"""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workers.flight import DUMP_BYTES, Page, sealed_memory

_PASSED_ON: Final = (
    "ENCRYPTION_KEY", "JWT_SECRET", "ENCRYPTION_SALT", "CREDENTIALS_DIRECTORY", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
_FIXED: Final = {
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "RES_OPTIONS": "timeout:2 attempts:1",
    "PATH": "/usr/bin:/bin",
}
_MAX_STDERR_BYTES: Final = 4096
_DUMP_LINES: Final = 40
CLOSED: Final = "\0closed"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended: by a signal (its name), or with an exit code."""

    signal: str | None
    exit_code: int | None


class Child:
    """One worker process. `identity` is the routing id of its generation."""

    def __init__(
        self, process: subprocess.Popen[bytes], generation: int, identity: str, page: Page, dump_fd: int
    ) -> None:
        assert process.stderr is not None
        self._process = process
        self.pid = process.pid
        self.pidfd = os.pidfd_open(process.pid)
        self.generation = generation
        self.identity = identity
        self.page = page
        self.stderr_fd = process.stderr.fileno()
        os.set_blocking(self.stderr_fd, False)
        self._dump_fd = dump_fd
        self.last_words = ""

    def kill(self, number: int = signal.SIGKILL) -> bool:
        """Send a signal through the pidfd; False when the process is already gone."""
        try:
            signal.pidfd_send_signal(self.pidfd, number)
        except ProcessLookupError:
            return False
        return True

    def reap(self, within: float | None = None) -> Ending | None:
        """How it ended; None when it has not within the seconds given (None: does not wait)."""
        try:
            code = self._process.wait(timeout=within or 0.0)
        except subprocess.TimeoutExpired:
            return None
        if code >= 0:
            return Ending(None, code)
        try:
            return Ending(signal.Signals(-code).name, None)
        except ValueError:  # a realtime signal
            return Ending(f"SIG{-code}", None)

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

    def read_dump(self) -> bytes:
        """What the fault handler wrote; empty when it wrote nothing."""
        return os.pread(self._dump_fd, DUMP_BYTES, 0).rstrip(b"\0")

    def close(self) -> None:
        """Give back every descriptor of a reaped child."""
        assert self._process.stderr is not None
        self._process.stderr.close()
        os.close(self.pidfd)
        os.close(self._dump_fd)
        self.page.close()


class Launcher:
    """Spawns worker after worker with the same endpoint and key file."""

    def __init__(
        self, endpoint: str, key_file: str | None, environ: Mapping[str, str], *, program: str = "workers"
    ) -> None:
        """`program` is the worker's module; `workers.faults` is named here by tests and by nothing else."""
        self._program = program
        self._endpoint = endpoint
        self._key_file = key_file
        self._environ = worker_environment(environ)

    def spawn(self, generation: int, places: int) -> Child:
        """Start a worker; it will say hello under the child's `identity`."""
        page, page_fd = Page.create(places)
        dump_fd = sealed_memory("healthsup-dump", DUMP_BYTES)
        identity = f"w-{generation}-{secrets.token_hex(8)}"
        process = subprocess.Popen(
            self._command(generation, places, identity, page_fd, dump_fd),
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(page_fd, dump_fd),
            cwd="/",
            start_new_session=True,
        )
        os.close(page_fd)
        return Child(process, generation, identity, page, dump_fd)

    def _command(self, generation: int, places: int, identity: str, page_fd: int, dump_fd: int) -> list[str]:
        given = {
            "endpoint": self._endpoint, "identity": identity, "generation": generation, "places": places,
            "page-fd": page_fd, "dump-fd": dump_fd,
        }  # fmt: skip
        options = [f"--{name}={value}" for name, value in given.items()]
        return [
            *worker_command("serve", str(os.getpid()), program=self._program),
            *options,
            *key_option(self._key_file),
        ]


def worker_command(*arguments: str, program: str = "workers") -> list[str]:
    """The command line of `python -m workers`, isolated from the caller's directory and Python settings."""
    return [sys.executable, "-I", "-m", program, *arguments]


def key_option(key_file: str | None) -> list[str]:
    return [f"--key-file={Path(key_file).absolute()}"] if key_file else []


def worker_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The bare environment of a worker; what may hold the key is passed on unread."""
    return {**_FIXED, **{name: environ[name] for name in _PASSED_ON if name in environ}}


def check_key(key_file: str | None, environ: Mapping[str, str]) -> str | None:
    """One line that says why a worker would find no usable key; None when it would."""
    command = [*worker_command("check-key"), *key_option(key_file)]
    done = subprocess.run(
        command,
        env=worker_environment(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    if done.returncode == 0:
        return None
    lines: Sequence[str] = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"the key check ended with {done.returncode}"


def describe_dump(dump: bytes) -> str | None:
    """The fault handler's text for a row of `crashes`: bounded, printable, file and function names only."""
    text = dump.decode("ascii", "replace").strip()
    kept = text.splitlines()[:_DUMP_LINES]
    return "\n".join(line[:200] for line in kept) or None
