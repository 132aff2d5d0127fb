"""One pass of the real system over the stage, with one deliberate SIGSEGV of its worker in the middle."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from supervisor.demo.cast import SLOW
from supervisor.demo.stage import Stage
from supervisor.errors import Fatal
from supervisor.stage import Daemon, Interruption, command
from supervisor.standin import StandIn

_PASS_WITHIN_S: Final = 60.0
_ASK_WITHIN_S: Final = 15.0
_LOOK_EVERY_S: Final = 0.02  # at the stand-in, for the request at which the crash is aimed


@dataclass(slots=True)
class Told:
    """What came of it. Rows are as `status --json` and `crashes --json` print them; seconds are elapsed ones."""

    rows: list[Mapping[str, Any]] = field(default_factory=list)
    crashes: list[Mapping[str, Any]] = field(default_factory=list)
    finished: Mapping[str, Any] = field(default_factory=dict)
    crashed_pid: int | None = None
    back_after: float | None = None
    exit_code: int = 0


def play(at: Stage, interruption: Interruption, *, crash: bool, progress: Callable[[], None]) -> Told:
    """Run the daemon until its pass is finished, ask what it stored, stop it."""
    told = Told()
    with ExitStack() as exits:
        with interruption.held():
            daemon = exits.enter_context(Daemon(at.config, at.environ))
        _follow(daemon, at.shop, told, crash=crash, progress=progress)
        with interruption.held():
            told.rows, told.crashes = _ask(at.config, at.environ, "status", "crashes")
        told.exit_code = daemon.stop()
    return told


def _follow(daemon: Daemon, shop: StandIn, told: Told, *, crash: bool, progress: Callable[[], None]) -> None:
    worker, killed_at = None, None  # the active worker; when it was killed, in epoch seconds
    for event in daemon.events(until=time.monotonic() + _PASS_WITHIN_S, every=_LOOK_EVERY_S):
        match event.get("event"):
            case "worker.ready" if worker is None or killed_at is None:
                worker = worker or int(event["pid"])
            case "worker.ready" | "worker.promoted" if killed_at is not None and told.back_after is None:
                told.back_after = datetime.fromisoformat(event["at"]).timestamp() - killed_at
            case "status.changed":
                progress()
            case "pass.finished":
                told.finished = event
                return
        if crash and worker and killed_at is None and shop.arrived(SLOW, within=0.0):
            killed_now = time.time()
            with suppress(ProcessLookupError):  # then no crash is found, and that is said
                os.kill(worker, signal.SIGSEGV)
            told.crashed_pid, killed_at = worker, killed_now


def _ask(config: Path, environ: Mapping[str, str], *questions: str) -> list[list[Mapping[str, Any]]]:
    """The JSON lines that these commands print, asked at the same time."""
    asked = [
        subprocess.Popen(
            command(config, question, "--json"), env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for question in questions
    ]
    answers = []
    for question, process in zip(questions, asked, strict=True):
        out, err = process.communicate(timeout=_ASK_WITHIN_S)
        if process.returncode:
            last = (err.decode("ascii", "backslashreplace").strip().splitlines() or ["no word"])[-1]
            raise Fatal(f"`healthsup {question}` ended with {process.returncode} ({last})")
        answers.append([json.loads(line) for line in out.splitlines()])
    return answers
