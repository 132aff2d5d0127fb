"""What a command asks of a running supervisor: show the worker, kill it, reload. Answers are JSON objects."""

import logging
import os
import signal
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from supervisor.config.load import Loaded, load
from supervisor.errors import HealthsupError
from supervisor.launcher import Launcher, check_key
from supervisor.service.clerk import Clerk
from supervisor.service.loop import Loop
from supervisor.service.notify import Notices
from supervisor.service.source import Scheduled, policy_of
from supervisor.telemetry import event

_NEEDS_RESTART: Final = ("database", "control", "web", "metrics", "log")

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

    def _kill(self, name: str) -> Answer:
        number = _signal_number(name)
        if number is None:
            return _refusal("no such signal")
        hand = self._loop.worker.active
        if hand is None or not hand.ready or not hand.child.kill(number):
            return _refusal("no worker is up at this moment")
        return {"ok": True, "pid": hand.child.pid, "generation": hand.child.generation}

    def _reload(self, reply: Reply) -> None:
        self._notices.reloading()

        def told(answer: Answer) -> None:
            self._notices.reloaded()
            if answer["ok"]:
                event("config.reloaded")
            else:
                event("config.refused", logging.ERROR, cause=answer["error"])
            reply(answer)

        self._try(told)

    def _try(self, reply: Reply) -> None:
        """All or nothing: the new configuration and its key are tried before anything changes."""
        try:
            loaded = load(self._loaded.path, os.environ)
        except HealthsupError as error:
            reply(_refusal(str(error)))
            return
        new, old = loaded.settings, self._loop.settings
        fixed = [name for name in _NEEDS_RESTART if getattr(new, name) != getattr(old, name)]
        if fixed:
            reply(_refusal(f"a change in [{fixed[0]}] needs a restart; the old one stays in force"))
            return

        def adopt(complaint: str | None) -> None:
            if complaint is not None:
                reply(_refusal(complaint))
                return
            self._loaded = loaded
            self._source.policy = policy_of(new)
            self._launcher.key_file = new.keys.encryption_key_file
            self._loop.adopt(new)
            reply({"ok": True})

        self._errands.submit(lambda: check_key(new.keys.encryption_key_file, os.environ), adopt)


def _refusal(error: str) -> Answer:
    return {"ok": False, "error": error}


def _signal_number(name: str) -> int | None:
    """The number of a signal's name, with or without SIG; None for no such signal."""
    full = name.upper() if name.upper().startswith("SIG") else f"SIG{name.upper()}"
    return int(signal.Signals[full]) if full in signal.Signals.__members__ else None
