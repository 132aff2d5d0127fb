"""`healthsup check`: one pass over a selection now, through the same loop, wire and worker as `run`."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from supervisor import control, telemetry
from supervisor.channel import Channel
from supervisor.config.load import Loaded
from supervisor.launcher import Launcher
from supervisor.service.daemon import socket_path
from supervisor.service.database import open_database
from supervisor.service.doubt import WATCHED
from supervisor.service.loop import Loop
from supervisor.service.signals import Signals
from supervisor.service.source import Selected, free_the_dead, policy_of
from supervisor.store import Selection, Stored
from supervisor.store.admin import Admin

_CUT: Final = timedelta(milliseconds=1)  # of an instant when it is stored


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to check: empty tuples and None mean everything."""

    users: tuple[int, ...] = ()
    apis: tuple[str, ...] = ()
    environment: str | None = None
    validate_only: bool = False
    dry_run: bool = False

    @property
    def everything(self) -> bool:
        return not (self.users or self.apis or self.environment)


Rows = Callable[[list[Stored]], None]


def check(loaded: Loaded, request: CheckRequest, rows: Rows) -> bool:
    """Make the pass; `rows` is called with the results as they are known. False when it was interrupted."""
    settings = loaded.settings
    level = "warning" if settings.log.level == "info" else settings.log.level  # the rows are told already
    telemetry.configure(settings.log.format, level)
    directory = control.prepare(settings.control.dir, os.environ)
    database = open_database(settings)
    try:
        if not request.dry_run:
            Admin(database.store).require_rights()
        database.store.refresh_names(settings.apis)
        store, policy = database.store, policy_of(settings)
        free_the_dead(store)
        store.sync(policy)
        selection = Selection(request.users or None, request.apis or None, request.environment)
        keep = not request.dry_run
        source = Selected(policy, selection, store.now(), probe=not request.validate_only, keep=keep)
        tell = _once_each(rows, request)
        with Channel(socket_path(directory)) as channel, Signals() as signals:
            confined = settings.worker.sandbox != "off"
            launcher = Launcher(settings.keys.encryption_key_file, os.environ, confined=confined)
            loop = Loop(settings, database, channel, launcher, source, told=_of_this_pass(tell), keep=keep, tidy=False)
            loop.doubt.policy = WATCHED
            completed = _run(loop, source, channel, signals)
        if completed:
            tell(database.store.told(policy, selection, source.since))
        if completed and keep and request.everything:
            database.store.remove_orphans(policy)
        return completed
    finally:
        database.close()


def _once_each(rows: Rows, request: CheckRequest) -> Rows:
    """The same rows, each (user, api, environment) told once, and none that nobody asked for."""
    told: set[tuple[int, str, str]] = set()

    def tell(some: list[Stored]) -> None:
        new = {(row.user_id, row.api, row.environment): row for row in some if _asked_for(row, request)}
        fresh = [row for key, row in new.items() if key not in told]
        told.update(new)
        if fresh:
            rows(fresh)

    return tell


def _of_this_pass(tell: Rows) -> Rows:
    """The same rows, without those found before now: what a predecessor left half told is not this pass's."""
    began = datetime.now(UTC) - _CUT
    return lambda some: tell([row for row in some if row.checked_at >= began])


def _asked_for(row: Stored, request: CheckRequest) -> bool:
    return (not request.apis or row.api in request.apis) and request.environment in (None, row.environment)


def _run(loop: Loop, source: Selected, channel: Channel, signals: Signals) -> bool:
    channel.watch(signals.fd)
    completed = False
    try:
        while not loop.finished:
            loop.turn()
            if source.exhausted and loop.quiet and not completed:
                completed = True
                loop.doubt.conclude(loop.clock.monotonic(), whole=source.selection == Selection())
                loop.outcomes.tell_pass(loop.clock.monotonic())
                loop.stop()
            if signals.take() & {signal.SIGTERM, signal.SIGINT}:
                loop.stop()
    finally:
        loop.close()
    return completed
