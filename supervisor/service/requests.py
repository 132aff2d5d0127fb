"""What a command asks of a running supervisor: show the worker, kill it, reload. Answers are JSON objects."""

import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from supervisor.config.load import Loaded, load
from supervisor.errors import BadConfig, HealthsupError
from supervisor.launcher import Launcher, check_key
from supervisor.service.clerk import Clerk
from supervisor.service.flights import Flights
from supervisor.service.hand import Hand
from supervisor.service.loop import Loop
from supervisor.service.notify import Notices
from supervisor.service.source import Scheduled, policy_of
from supervisor.telemetry import event

_NEEDS_RESTART: Final = ("database", "control", "web", "metrics", "log")
_BORN_WITHIN_S: Final = 10.0  # a zygote does its imports first

Answer = dict[str, Any]
Reply = Callable[[Answer], None]


class Requests:
    def __init__(self, loaded: Loaded, loop: Loop, source: Scheduled, launcher: Launcher, notices: Notices) -> None:
        self._loaded = loaded
        self._loop = loop
        self._source = source
        self._launcher = launcher
        self._notices = notices
        self._errands = Clerk("errands", loop.bell)  # a key is tried without keeping the loop waiting
        self._reloads: deque[Reply] = deque()  # asked for and not answered yet
        self._started_at = datetime.now(UTC)

    def take(self, request: Mapping[str, Any], reply: Reply) -> None:
        """Answer a request, now or when its errand is done."""
        match request.get("do"):
            case "show":
                reply(self._show())
            case "kill":
                reply(self._kill(str(request.get("signal", "SEGV"))))
            case "reload":
                self._reload(reply)
            case _:
                reply({"ok": False, "error": "unknown request"})

    def deliver(self) -> None:
        """Go on with errands that are done."""
        self._errands.deliver()

    def reload(self) -> None:
        """The same as the request, asked for by SIGHUP: the outcome is in the log alone."""
        self._reload(lambda _: None)

    def close(self) -> None:
        self._errands.leave(0.5)

    def _show(self) -> Answer:
        worker = self._loop.worker
        hand = worker.active
        desk = self._loop.desk
        in_flight = _in_flight(hand, desk.in_flight) + _in_flight(worker.falling, desk.falling)
        return {
            "ok": True,
            "supervisor_pid": os.getpid(),
            "worker_pid": hand.child.pid if hand else None,
            "spare_pid": worker.spare.child.pid if worker.spare else None,
            "generation": hand.child.generation if hand else worker.cradle.generation,
            "state": worker.life.state.name.lower(),
            "window": self._loop.window,
            "in_flight": in_flight,
            "restarts": worker.restarts,
            "confinement": list(hand.confinement) if hand else [],
            "started_at": self._started_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    def _kill(self, name: str) -> Answer:
        number = _signal_number(name)
        if number is None:
            return _refusal("no such signal")
        hand = self._loop.worker.active
        if hand is None or not hand.ready or not hand.child.kill(number):
            return _refusal("no worker is up at this moment")
        return {"ok": True, "pid": hand.child.pid, "generation": hand.child.generation}

    def _reload(self, reply: Reply) -> None:
        """One after another, each with the configuration and the program that it finds."""
        self._reloads.append(reply)
        if len(self._reloads) == 1:
            self._begin_reload()

    def _begin_reload(self) -> None:
        self._notices.reloading()

        def told(answer: Answer) -> None:
            self._notices.reloaded()
            if answer["ok"]:
                event("config.reloaded")
            else:
                event("config.refused", logging.ERROR, cause=answer["error"])
            self._reloads.popleft()(answer)
            if self._reloads:
                self._begin_reload()

        self._try(told)

    def _try(self, reply: Reply) -> None:
        """All or nothing: the new configuration, its key and a new program are tried before anything changes."""
        nursery = self._launcher.nursery
        try:
            loaded = self._load()
            successor = nursery.successor()
        except HealthsupError as error:
            reply(_refusal(str(error)))
            return

        def complaint() -> str | None:
            misfit = None if successor is None else successor.complaint(_BORN_WITHIN_S)
            return misfit or check_key(loaded.settings.keys.encryption_key_file, os.environ)

        def adopt(complaint: str | None) -> None:
            if complaint is not None:
                nursery.withdraw()
                reply(_refusal(complaint))
                return
            if successor is not None:
                nursery.succeed()
            self._adopt(loaded, "reload" if successor is None else "build")
            reply({"ok": True})

        self._errands.submit(complaint, adopt)

    def _load(self) -> Loaded:
        """The configuration as it is now. Raise `BadConfig` when it is bad, or is not to be had without a restart."""
        loaded = load(self._loaded.path, os.environ)
        new, old = loaded.settings, self._loop.settings
        fixed = [name for name in _NEEDS_RESTART if getattr(new, name) != getattr(old, name)]
        if fixed:
            raise BadConfig(f"a change in [{fixed[0]}] needs a restart; the old one stays in force")
        return loaded

    def _adopt(self, loaded: Loaded, reason: str) -> None:
        self._loaded = loaded
        self._source.policy = policy_of(loaded.settings)
        self._launcher.key_file = loaded.settings.keys.encryption_key_file
        self._loop.adopt(loaded.settings, reason)


def _in_flight(hand: Hand | None, flights: Flights) -> list[dict[str, object]]:
    """The check at work of each job that a worker has in hand."""
    phases = {(place.job, place.check): place.phase for place in hand.child.page.places()} if hand else {}
    return [
        {
            "user_id": claim.user,
            "api": claim.api,
            "environment": claim.environment,
            "phase": phases.get((number, claim.check), "idle"),
        }
        for number, flight in flights.items()
        for claim in list(flight.pending.values())[:1]
    ]


def _refusal(error: str) -> Answer:
    return {"ok": False, "error": error}


def _signal_number(name: str) -> int | None:
    """The number of a signal's name, with or without SIG; None for no such signal."""
    full = name.upper() if name.upper().startswith("SIG") else f"SIG{name.upper()}"
    return int(signal.Signals[full]) if full in signal.Signals.__members__ else None
