"""`healthsup run`: the daemon in the foreground, with its signals and its control socket."""

import logging
import os
import signal
from contextlib import suppress
from pathlib import Path

from supervisor import __version__, control, telemetry
from supervisor.channel import Channel, Wake
from supervisor.config.load import Loaded
from supervisor.launcher import Launcher
from supervisor.launcher.orphans import Orphans
from supervisor.service.database import open_database
from supervisor.service.loop import Loop
from supervisor.service.notify import Notices
from supervisor.service.requests import Requests
from supervisor.service.signals import Signals
from supervisor.service.source import Scheduled, policy_of
from supervisor.store import read_statements
from supervisor.store.admin import Admin
from supervisor.telemetry import Manager, event


def run(loaded: Loaded, *, program: str = "workers") -> int:
    """Run until SIGTERM or SIGINT. Returns 0; raises `HealthsupError` for what a person must mend.

    `program` is the worker's module: tests and `chaos` name `workers.faults` here.
    """
    settings = loaded.settings
    with suppress(OSError):  # for top, pgrep and the kernel's messages; the worker and the zygote have names as well
        Path("/proc/self/comm").write_text("healthsup", encoding="ascii")
    telemetry.configure(settings.log.format, settings.log.level)
    manager = Manager(os.environ)
    directory = control.prepare(settings.control.dir, os.environ)
    server = control.Server(directory)
    try:
        with Signals() as signals:
            _run(loaded, directory, server, signals, manager, program)
    finally:
        server.close()
        manager.close()
    event("supervisor.stopped", pid=os.getpid())
    return 0


def socket_path(directory: Path) -> Path:
    """The path of this process's end of the wire; those of processes that are gone are swept away."""
    for left_over in directory.glob("worker-*.sock"):
        pid = left_over.stem.removeprefix("worker-")
        if pid.isdigit() and not Path("/proc", pid).exists():
            left_over.unlink(missing_ok=True)
    path = directory / f"worker-{os.getpid()}.sock"
    path.unlink(missing_ok=True)
    return path


def _run(
    loaded: Loaded, directory: Path, server: control.Server, signals: Signals, manager: Manager, program: str
) -> None:
    settings = loaded.settings
    manager.tell(STATUS="opening the database")
    try:
        with manager.patience(), signals.interrupting():  # a new cluster, a recovery and a migration may take long
            database = open_database(settings)
    except KeyboardInterrupt:
        return  # told to stop before there was anything to finish
    try:
        Admin(database.store).require_rights()
        read_statements()
        database.store.refresh_names(settings.apis)
        manager.tell(STATUS="waiting for the first worker")
        source = Scheduled(policy_of(settings), database.store.now(), startup_probe=settings.schedule.startup_probe)
        with Channel(socket_path(directory)) as channel:
            confined = settings.worker.sandbox != "off"
            launcher = Launcher(settings.keys.encryption_key_file, os.environ, program=program, confined=confined)
            loop = Loop(settings, database, channel, launcher, source)
            notices = Notices(manager, loop)
            requests = Requests(loaded, loop, source, launcher, notices)
            try:
                _Daemon(loaded, loop, source, requests, server, signals, notices).serve()
            finally:
                requests.close()
                loop.close()
    finally:
        database.close()


class _Daemon:
    """The turns of the loop, with what only a `run` has beside them: signals, requests, rounds."""

    def __init__(
        self,
        loaded: Loaded,
        loop: Loop,
        source: Scheduled,
        requests: Requests,
        server: control.Server,
        signals: Signals,
        notices: Notices,
    ) -> None:
        self._loaded = loaded
        self._loop = loop
        self._source = source
        self._requests = requests
        self._server = server
        self._signals = signals
        self._notices = notices
        self._orphans = Orphans()
        self._round_ends_at = loop.clock.monotonic() + loop.settings.schedule.interval
        self._pass_told = False

    def serve(self) -> None:
        channel = self._loop.channel
        channel.watch(self._signals.fd)
        channel.watch(self._server.fd)
        event("supervisor.started", pid=os.getpid(), version=__version__, window=self._loop.window)
        for note in self._loaded.notes:
            event("config.note", logging.WARNING, note=note)
        while not self._loop.finished:
            wake = self._loop.turn()
            came = self._signals.take()
            if came & {signal.SIGTERM, signal.SIGINT}:
                self._notices.stopping()
                self._loop.stop()
            if signal.SIGHUP in came:
                self._requests.reload()
            self._requests.deliver()
            self._talk(channel, wake)
            self._tell_passes()
            self._notices.turn()
            self._orphans.reap(self._loop.clock.monotonic())

    def _tell_passes(self) -> None:
        """The pass after the start when it is done, then one summary each interval."""
        now = self._loop.clock.monotonic()
        started = not self._source.starting and self._loop.quiet and not self._pass_told
        if started or now >= self._round_ends_at:
            self._pass_told = True
            self._loop.outcomes.tell_pass(now)
            self._loop.count_soon()
            if now >= self._round_ends_at:
                self._round_ends_at = now + self._loop.settings.schedule.interval

    def _talk(self, channel: Channel, wake: Wake) -> None:
        if self._server.fd in wake.fds and (peer := self._server.accept()) is not None:
            channel.watch(peer)
        for fd in self._server.silent():
            channel.forget(fd)
            self._server.drop(fd)
        for fd in wake.fds:
            if self._server.owns(fd):
                channel.forget(fd)
                request, reply = self._server.read(fd)
                self._requests.take(request or {}, reply)
