"""`healthsup check`: one pass over a selection now, through the same loop, wire and worker as `run`."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from supervisor import control
from supervisor.channel import Channel
from supervisor.config.load import Loaded
from supervisor.launcher import Launcher
from supervisor.service.daemon import Signals, socket_path
from supervisor.service.database import open_database
from supervisor.service.loop import Loop
from supervisor.service.source import Selected, enabled_apis, free_the_dead
from supervisor.store import Selection, Stored


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
    directory = control.prepare(settings.control.dir, os.environ)
    database = open_database(settings)
    try:
        store = database.store
        free_the_dead(store)
        store.sync()
        selection = Selection(
            users=request.users,
            apis=enabled_apis(settings, request.apis),
            environment=request.environment,
            active_within_days=settings.schedule.active_within_days,
        )
        source = Selected(selection, store.now(), probe=not request.validate_only, everything=request.everything)
        told: set[tuple[int, str, str]] = set()

        def tell(some: list[Stored]) -> None:
            new = [row for row in some if (row.user_id, row.api, row.environment) not in told]
            told.update((row.user_id, row.api, row.environment) for row in new)
            if new:
                rows(new)

        with Channel(socket_path(directory)) as channel, Signals() as signals:
            launcher = Launcher(channel.endpoint, settings.keys.encryption_key_file, os.environ)
            loop = Loop(settings, database, channel, launcher, source, stored=tell, keep=not request.dry_run)
            completed = _run(loop, source, channel, signals)
        if completed and not request.dry_run:
            tell(store.told(selection, source.since))
            if request.everything:
                store.remove_orphans(enabled_apis(settings))
        return completed
    finally:
        database.close()


def _run(loop: Loop, source: Selected, channel: Channel, signals: Signals) -> bool:
    channel.watch(signals.fd)
    loop.fan_out()
    completed = False
    try:
        while not loop.finished:
            loop.turn()
            if source.exhausted and loop.quiet and not completed:
                completed = True
                loop.stop()
            if signals.take() & {signal.SIGTERM, signal.SIGINT}:
                loop.stop()
    finally:
        if (child := loop.worker.child) is not None:
            child.kill()
            child.reap(within=5.0)
        loop.close()
    return completed
