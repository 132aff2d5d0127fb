"""The whole system on real parts: a database, the stand-in marketplace, and `run` or `check` as processes of their own."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from supervisor.standin import APIS, StandIn
from tests.helpers.tenants import Tenants
from workers.secret import Secret
from workers.vault import Layout, Vault, read_key

KEY = "the key of these tests, long enough for everyone"
BOUND = 30.0
ROOT = Path(__file__).parents[2]
_RUN = """
import os, sys
from supervisor.cli.edge import run
from supervisor import service
if sys.argv[1] != "workers":
    real = service.run
    service.run = lambda loaded: real(loaded, program=sys.argv[1])
sys.exit(run(sys.argv[2:]))
"""


def sealer(key: str = KEY) -> Callable[..., str]:
    """`seal(fields, layout)` without a process for each."""
    vault = Vault(read_key(None, {"ENCRYPTION_KEY": key}))
    return lambda fields, layout=Layout.GCM: vault.seal(Secret(json.dumps(fields)), layout)


class Running:
    """A `run` at work; its log lines are read as they come."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.events: list[dict] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stderr:
            try:
                found = json.loads(line)
            except ValueError:
                found = {"event": "not json", "line": line}
            with self._changed:
                self.events.append(found)
                self._changed.notify_all()

    def all(self, event: str, **facts) -> list[dict]:
        with self._changed:
            return [one for one in self.events if one["event"] == event and facts.items() <= one.items()]

    def wait(self, event: str, count: int = 1, within: float = BOUND, **facts) -> dict:
        """The `count`-th such event; bounded."""
        end = time.monotonic() + within
        with self._changed:
            while True:
                found = [one for one in self.events if one["event"] == event and facts.items() <= one.items()]
                if len(found) >= count:
                    return found[count - 1]
                left = end - time.monotonic()
                assert left > 0, f"no {event} {facts} within {within} s: {self.events[-12:]}"
                self._changed.wait(left)

    @property
    def worker_pid(self) -> int:
        """Of the active worker: the spare is always of a later generation."""
        self.wait("worker.ready")
        gone = {one["generation"] for kind in ("worker.died", "worker.retired") for one in self.all(kind)}
        return next(one["pid"] for one in self.all("worker.ready") if one["generation"] not in gone)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(BOUND)
        self._reader.join(BOUND)
        return code


class System:
    """`conninfo` is a superuser's; `dsn` is what healthsup is told."""

    def __init__(self, conninfo: str, market: StandIn, directory: Path, dsn: str | None = None) -> None:
        self.conninfo = conninfo
        self.dsn = dsn or conninfo
        self.market = market
        self.directory = directory
        self.tenants = Tenants(conninfo)
        self.seal = sealer()
        self.environ = {
            "PATH": os.environ["PATH"], "HOME": str(directory), "ENCRYPTION_KEY": KEY, "HEALTHSUP_CONFIG": str(self.config),
            "LANG": "C.UTF-8",
        }  # fmt: skip
        self.configure()

    @property
    def config(self) -> Path:
        return self.directory / "healthsup.toml"

    def configure(self, **sections: dict) -> None:
        """Write the configuration; `worker={"window": 4}` changes a key of a section."""
        given: dict[str, dict] = {
            "database": {"dsn": self.dsn},
            "control": {"dir": str(self.directory / "run")},
            "probe": {"allow_private": True},
            "schedule": {"startup_probe": True, "user_pause": 0},
            "log": {"format": "json"},
        }
        for api in APIS:
            given[f"providers.{api}"] = {"base_url": self.market.base_url}
        given["providers.email"] = {"base_url": self.market.mail_url}
        for section, keys in sections.items():
            given[section] = given.get(section, {}) | keys
        lines = []
        for section, keys in given.items():
            lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
        self.config.write_text("\n".join(lines), encoding="utf-8")

    def openai(self, user: int, word: str, fault: str = "", **columns) -> int:
        """A credential that the stand-in treats as `word` says (`good`, `revoked`, `slow-5000ms`…).

        `fault` (`segv-probe`, `hang-decrypt`…) is what it makes a worker of `workers.faults` do.
        """
        text = self.seal({"apiKey": f"sk-demo-{word}-u{user}-fault-{fault}-0123456789"})
        return self.tenants.credential(user, "openai", text=text, **columns)

    def command(self, *arguments: str, **more) -> subprocess.CompletedProcess:
        """Run `healthsup ARGUMENTS` to its end."""
        command = [sys.executable, "-m", "supervisor", *arguments]
        given = {
            "env": self.environ,
            "cwd": ROOT,
            "capture_output": True,
            "text": True,
            "timeout": 100,
            "stdin": subprocess.DEVNULL,
        }
        return subprocess.run(command, **(given | more))

    def json(self, *arguments: str) -> list[dict]:
        done = self.command(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    @contextmanager
    def run(
        self, program: str = "workers", wrapper: Sequence[str] = (), before: str = "", python: str = sys.executable
    ) -> Iterator[Running]:
        """`healthsup run`, with the worker's module named in Python, and a program around it that execs it.

        `before` is Python too: it makes a constant small that would be waited for. Another `python` runs another copy.
        """
        process = subprocess.Popen(
            [*wrapper, python, "-c", before + _RUN, program, "run"],
            env=self.environ,
            cwd=ROOT if python == sys.executable else self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        running = Running(process)
        try:
            yield running
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(BOUND)
            running._reader.join(BOUND)
            process.stderr.close()

    def statuses(self) -> dict[int, str]:
        """Status of every user's openai snapshot."""
        return dict(self.tenants.rows('select "userId", status from api_status_snapshots order by 1'))
