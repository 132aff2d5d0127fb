"""`healthsup run`: the daemon in the foreground, its signals and its control socket."""

import logging
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Final, Self

from supervisor import __version__, control, telemetry
from supervisor.channel import Channel, Wake
from supervisor.config.load import Loaded, load
from supervisor.config.settings import Settings
from supervisor.errors import HealthsupError
from supervisor.launcher import Launcher, check_key
from supervisor.service.database import open_database
from supervisor.service.loop import Loop
from supervisor.service.source import Scheduled, policy_of
from supervisor.service.worker import signal_number
from supervisor.telemetry import event

_NEEDS_RESTART: Final = ("database", "control", "web", "metrics", "log")


def run(loaded: Loaded, *, program: str = "workers") -> int:
    """Run until SIGTERM or SIGINT. Returns 0; raises `HealthsupError` for what a person must mend.

    `program` is the worker's module: tests name `workers.faults` here.
    """
    settings = loaded.settings
    telemetry.configure(settings.log.format, settings.log.level)
    directory = control.prepare(settings.control.dir, os.environ)
    server = control.Server(directory)
    try:
        with Signals() as signals:
            return _Daemon(loaded, directory, server, signals).run(program)
    finally:
        server.close()


def socket_path(directory: Path) -> Path:
    """The path of this process's end of the wire; those of processes that are gone are swept away."""
    for left_over in directory.glob("worker-*.sock"):
        pid = left_over.stem.removeprefix("worker-")
        if pid.isdigit() and not Path("/proc", pid).exists():
            left_over.unlink(missing_ok=True)
    path = directory / f"worker-{os.getpid()}.sock"
    path.unlink(missing_ok=True)
    return path


class Signals:
    """Signals as a descriptor that wakes the loop, and a set of those that came."""

    _TAKEN: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __init__(self) -> None:
        self.came: set[int] = set()
        self.fd, self._write_fd = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._note) for number in self._TAKEN}
        return self

    def _note(self, number: int, _: FrameType | None) -> None:
        self.came.add(number)

    def take(self) -> set[int]:
        """The signals since the last call."""
        with suppress(BlockingIOError):
            os.read(self.fd, 512)
        came, self.came = self.came, set()
        return came

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        os.close(self.fd)
        os.close(self._write_fd)


class _Daemon:
    def __init__(self, loaded: Loaded, directory: Path, server: control.Server, signals: Signals) -> None:
        self._loaded = loaded
        self._directory = directory
        self._server = server
        self._signals = signals
        self._started_at = datetime.now(UTC)
        self._round_ends_at = 0.0
        self._pass_told = False

    def run(self, program: str) -> int:
        settings = self._loaded.settings
        database = open_database(settings)
        try:
            store = database.store
            source = Scheduled(policy_of(settings), store.now(), startup_probe=settings.schedule.startup_probe)
            with Channel(socket_path(self._directory)) as channel:
                launcher = Launcher(settings.keys.encryption_key_file, os.environ, program=program)
                self._loop = Loop(settings, database, channel, launcher, source)
                self._source = source
                try:
                    self._serve(channel)
                finally:
                    self._loop.close()
        finally:
            database.close()
        event("supervisor.stopped", pid=os.getpid())
        return 0

    def _serve(self, channel: Channel) -> None:
        channel.watch(self._signals.fd)
        channel.watch(self._server.fd)
        event("supervisor.started", pid=os.getpid(), version=__version__, window=self._loop.window)
        for note in (*self._loaded.notes, *self._loop.database.notes):
            event("config.note", logging.WARNING, note=note)
        self._round_ends_at = self._loop.clock.monotonic() + self._loop.settings.schedule.interval
        while not self._loop.finished:
            wake = self._loop.turn()
            came = self._signals.take()
            if came & {signal.SIGTERM, signal.SIGINT}:
                self._loop.stop()
            if signal.SIGHUP in came:
                self._log_reload()
            self._talk(channel, wake)
            self._tell_passes()

    def _tell_passes(self) -> None:
        """The pass after the start when it is done, then one summary each interval."""
        now = self._loop.clock.monotonic()
        started = not self._source.starting and self._loop.quiet and not self._pass_told
        if started or now >= self._round_ends_at:
            self._pass_told = True
            self._loop.outcomes.tell_pass(now)
            if now >= self._round_ends_at:
                self._round_ends_at = now + self._loop.settings.schedule.interval

    # --- control socket ----------------------------------------------------------------------------------------------

    def _talk(self, channel: Channel, wake: Wake) -> None:
        if self._server.fd in wake.fds and (peer := self._server.accept()) is not None:
            channel.watch(peer)
        for fd in wake.fds:
            if self._server.owns(fd):
                channel.forget(fd)
                request, reply = self._server.read(fd)
                reply(self._answer(request or {}))

    def _answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        doings: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "show": self._show,
            "kill": self._kill,
            "reload": self._reload,
        }
        doing = doings.get(str(request.get("do")))
        return doing(request) if doing else {"ok": False, "error": "unknown request"}

    def _show(self, _: Mapping[str, Any]) -> dict[str, Any]:
        worker = self._loop.worker
        hand = worker.active
        phases = {(place.job, place.check): place.phase for place in hand.child.page.places()} if hand else {}
        in_flight = [
            {
                "user_id": claim.user,
                "api": claim.api,
                "environment": claim.environment,
                "phase": phases.get((number, claim.check), "idle"),
            }
            for number, flight in self._loop.desk.in_flight.items()
            for claim in list(flight.pending.values())[:1]
        ]
        return {
            "ok": True,
            "supervisor_pid": os.getpid(),
            "worker_pid": hand.child.pid if hand else None,
            "spare_pid": worker.spare.child.pid if worker.spare else None,
            "generation": hand.child.generation if hand else worker.generation,
            "state": worker.life.state.name.lower(),
            "window": self._loop.window,
            "in_flight": in_flight,
            "restarts": worker.restarts,
            "confinement": list(hand.confinement) if hand else [],
            "started_at": self._started_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    def _kill(self, request: Mapping[str, Any]) -> dict[str, Any]:
        number = signal_number(str(request.get("signal", "SEGV")))
        if number is None:
            return {"ok": False, "error": "no such signal"}
        hand = self._loop.worker.active
        if hand is None or not hand.ready or not hand.child.kill(number):
            return {"ok": False, "error": "no worker is up at this moment"}
        return {"ok": True, "pid": hand.child.pid, "generation": hand.child.generation}

    # --- reload ------------------------------------------------------------------------------------------------------

    def _log_reload(self) -> None:
        answer = self._reload({})
        if answer["ok"]:
            event("config.reloaded")
        else:
            event("config.refused", logging.ERROR, cause=answer["error"])

    def _reload(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """All or nothing: the new configuration and its key are checked before anything changes."""
        try:
            loaded = load(self._loaded.path, os.environ)
        except HealthsupError as error:
            return {"ok": False, "error": str(error)}
        new, old = loaded.settings, self._loop.settings
        fixed = [name for name in _NEEDS_RESTART if getattr(new, name) != getattr(old, name)]
        if fixed:
            return {
                "ok": False,
                "error": f"a change in [{fixed[0]}] needs a restart; the old one stays in force",
            }
        if (complaint := check_key(new.keys.encryption_key_file, os.environ)) is not None:
            return {"ok": False, "error": complaint}
        self._adopt(loaded, new)
        return {"ok": True}

    def _adopt(self, loaded: Loaded, new: Settings) -> None:
        self._loaded = loaded
        self._source.policy = policy_of(new)
        self._loop.adopt(new)
