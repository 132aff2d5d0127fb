"""The stand-in's process seen from outside: start it, ask what it saw, stop it."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import supervisor
from supervisor.errors import Fatal
from supervisor.standin.ledger import Seen

_START_WITHIN_S: Final = 10.0
_ANSWER_WITHIN_S: Final = 10.0
_ROOT: Final = str(Path(supervisor.__file__).parent.parent)


class StandIn:
    """A running stand-in marketplace; use it in a `with`, one caller at a time.

    `certificate` and `key` are PEM files and make it https and STARTTLS; `latency_s` is added to every answer. It dies
    with the *thread* that started it (PDEATHSIG), so start it from one that stays.
    """

    def __init__(self, *, certificate: Path | None = None, key: Path | None = None, latency_s: float = 0.0) -> None:
        self._scheme = "https" if certificate else "http"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-S", "-m", "supervisor.standin.server"),
                *(str(os.getpid()), str(latency_s), str(certificate or ""), str(key or "")),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": _ROOT},
            start_new_session=True,
            text=True,
        )
        try:
            self.port, *self._mail_ports = (int(port) for port in json.loads(self._told(_START_WITHIN_S)))
        except (Fatal, ValueError):
            self.stop()
            raise Fatal("the stand-in marketplace did not start", "look at its message above") from None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def base_url(self) -> str:
        """What to set as `providers.<api>.base_url`."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def mail_url(self) -> str:
        """What to set as `providers.email.base_url`; with STARTTLS where there is a certificate."""
        return f"smtp://127.0.0.1:{self._mail_ports[0]}"

    @property
    def secure_mail_url(self) -> str:
        """The same over TLS from the start. Only with a certificate."""
        return f"smtps://127.0.0.1:{self._mail_ports[1]}"

    def ledger(self) -> tuple[Seen, ...]:
        """What was asked since the start or the last `clear`."""
        return tuple(Seen(*entry) for entry in json.loads(self._order("ledger")))

    def clear(self) -> None:
        self._order("clear")

    def arrived(self, mark: str, within: float) -> bool:
        """Wait until a credential whose mark begins with `mark` has asked; False when that takes too long."""
        return bool(json.loads(self._order("await", mark, float(within), within=within)))

    def stop(self) -> None:
        """End it at once; safe to repeat."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._stdin, self._stdout):
            pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _stdin(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _stdout(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _order(self, *order: str | float, within: float = 0.0) -> str:
        try:
            print(json.dumps(order), file=self._stdin, flush=True)
        except (BrokenPipeError, ValueError):
            raise Fatal("the stand-in marketplace is gone") from None
        return self._told(within + _ANSWER_WITHIN_S)

    def _told(self, within: float) -> str:
        ready, _, _ = select.select([self._stdout], [], [], within)
        line = self._stdout.readline() if ready else ""
        if not line:
            raise Fatal("the stand-in marketplace does not answer")
        return line
