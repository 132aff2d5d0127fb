"""A real worker at the end of a real wire, without the rest of the supervisor."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from supervisor.channel import Channel
from supervisor.launcher import Child, Launcher, worker_command, worker_environment
from workers import wire

KEY = "a key of these tests, long enough for everyone"
ENVIRON = {**os.environ, "ENCRYPTION_KEY": KEY}
BOUND = 20.0


def seal(api: str, fields: dict, layout: str = "gcm", environ: dict | None = None) -> str:
    """The ciphertext of some fields, by the product's own command."""
    command = [*worker_command("seal"), "--api", api, "--format", layout]
    done = subprocess.run(
        command, input=json.dumps(fields).encode(), env=worker_environment(environ or ENVIRON), capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().strip()


class Bench:
    """One worker: `ask` sends a job of checks and returns the answers."""

    def __init__(self, channel: Channel, child: Child, base_urls: dict[str, str]) -> None:
        self.channel = channel
        self.child = child
        self.base_urls = base_urls
        self.ready: wire.Ready | None = None
        self._job = 0
        self._heard = False

    def messages(self) -> Iterator[wire.ToSupervisor]:
        """Messages as they come, bounded in time; ends when the worker has, and its connection with all it sent."""
        end = time.monotonic() + BOUND
        while time.monotonic() < end:
            wake = self.channel.wait(0.5)
            for received in self.channel.receive():
                assert received.message is not None, received.complaint
                self._heard = True
                yield received.message
            gone = self.channel.departures or not self._heard  # it may end before ZeroMQ has read its last message
            if self.child.pidfd in wake.fds and not wake.messages and gone:
                return
        raise AssertionError("the worker was silent for too long")

    def set_up(self, **changes) -> wire.Ready:
        given = {
            "version": wire.VERSION, "generation": self.child.generation, "window": 2, "crypto_concurrency": 2, "check_deadline": 30.0, "connect_timeout": 2.0,
            "total_timeout": 5.0, "max_body_bytes": 65536, "allow_private": True, "base_urls": self.base_urls,
        }  # fmt: skip
        for message in self.messages():
            match message:
                case wire.Hello():
                    self.channel.send(self.child.identity, wire.Setup(**(given | changes)))
                case wire.Ready():
                    self.ready = message
                    return message
        raise AssertionError(f"the worker ended: {self.child.read_stderr()}")

    def send(self, *checks: wire.Check, user: int = 1) -> int:
        self._job += 1
        self.channel.send(self.child.identity, wire.Jobs((wire.Job(self._job, user, checks),)))
        return self._job

    def ask(self, *checks: wire.Check) -> list[wire.Answer]:
        job = self.send(*checks)
        found: list[wire.Answer] = []
        for message in self.messages():
            assert isinstance(message, wire.Answers)
            found += [answer for answer in message.answers if answer.job == job]
            if len(found) == len(checks):
                return found
        raise AssertionError("the worker ended before it had answered")


def check(number: int, ciphertext: str, api: str = "openai", *, probe: bool = True) -> wire.Check:
    return wire.Check(number, 1, api, "production", ciphertext, probe)


@contextmanager
def bench(
    directory: Path, base_url: str = "", environ: dict | None = None, program: str = "workers", **options
) -> Iterator[Bench]:
    """A worker that has been started; `set_up` comes next. `options` go to its sandbox; the port is added."""
    base_urls = {api: base_url for api in ("openai", "ebay", "stripe", "paypal", "groq", "mercadolibre") if base_url}
    environ = ENVIRON if environ is None else environ
    with Channel(directory / "worker.sock") as channel:
        launcher = Launcher(None, environ, program=program, confined=options.get("sandbox") != "off")
        ports = ",".join(map(str, (443, 53, *([urlsplit(base_url).port] if base_url else []))))
        child = launcher.spawn(channel.endpoint, 1, 2, {"ports": ports} | options)
        channel.watch(child.pidfd)
        try:
            yield Bench(channel, child, base_urls)
        finally:
            child.kill()
            assert child.reap(within=BOUND) is not None
            child.close()
            launcher.close()
