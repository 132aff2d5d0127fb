"""Log lines: an event's name and its facts, as JSON lines, coloured lines or native journal fields.

Facts come from rows, answers and a hostile worker: every text is made printable and bounded before it is written.
An event of the contract always has all of its fields; those without a value are null.
"""

import json
import logging
import os
import select
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from select import PIPE_BUF
from types import MappingProxyType
from typing import Final, TextIO

from supervisor.telemetry.journal import JournalHandler, stderr_is_the_journal

Fact = str | int | float | bool | None
_MAX_TEXT: Final = 500
_WRITE_WITHIN_S: Final = 1.0
_LOGGER: Final = logging.getLogger("healthsup")

EVENT_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "worker.ready": ("generation", "pid", "cold_start_ms", "role", "confinement"),
        "worker.died": (
            "generation", "pid", "signal", "exit_code", "phase",
            "user_id", "api", "environment", "in_flight", "uptime_s", "judgement", "complaint",
        ),
        "worker.retired": ("generation", "pid", "reason"),
        "check.retried": ("user_id", "api", "environment"),
        "check.quarantined": ("user_id", "api", "environment", "strikes"),
        "status.changed": ("user_id", "api", "environment", "previous", "current", "reason"),
        "credential.expiring": ("user_id", "api", "environment", "expires_at"),
        "incident.opened": ("api", "kind", "users"),
        "incident.closed": ("api", "kind", "users"),
        "pass.finished": (
            "users", "checks", "healthy", "degraded", "unhealthy", "unknown", "seconds", "worker_crashes",
        ),
    }
)  # fmt: skip


def event(name: str, level: int = logging.INFO, /, **facts: Fact) -> None:
    """Log an event: `event("worker.died", logging.WARNING, signal="SIGSEGV", …)`."""
    if _LOGGER.isEnabledFor(level):
        complete = {**dict.fromkeys(EVENT_FIELDS.get(name, ())), **facts}
        clean = {key: printable(value) if isinstance(value, str) else value for key, value in complete.items()}
        _LOGGER.log(level, name, extra={"facts": clean})


def printable(text: str, most: int = _MAX_TEXT) -> str:
    """The text with every character that a terminal or log could act on made visible, cut to `most`."""
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def configure(form: str, level: str) -> None:
    """Set the log up: `auto` means journal fields under systemd, coloured lines on a terminal, else JSON lines."""
    if form == "auto":
        form = "journal" if stderr_is_the_journal() else "console" if sys.stderr.isatty() else "json"
    handler: logging.Handler = JournalHandler() if form == "journal" else _Lines(sys.stderr)
    if form != "journal":
        handler.setFormatter(_ConsoleLines() if form == "console" else _JsonLines())
    _LOGGER.handlers = [handler]
    _LOGGER.propagate = False
    _LOGGER.setLevel(level.upper())
    logging.raiseExceptions = False


class _Lines(logging.StreamHandler[TextIO]):
    """What nobody takes (a full pipe, Ctrl-S on a terminal) is lost: it must not stop the loop."""

    _stuck = False

    def emit(self, record: logging.LogRecord) -> None:
        self._stuck = not _takes_more(self.stream, within=0.0 if self._stuck else _WRITE_WITHIN_S)
        if not self._stuck:
            super().emit(record)


def _takes_more(stream: TextIO, within: float) -> bool:
    """Whether a line can be written without waiting for longer than so many seconds; of a pipe, `PIPE_BUF` bytes."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):  # no descriptor behind it
        return True
    waiting = select.poll()
    waiting.register(number, select.POLLOUT)
    return bool(waiting.poll(within * 1000))


class _Line(logging.Formatter):
    """A line that a pipe takes as a whole where it takes anything: longer facts are cut until it does."""

    def format(self, record: logging.LogRecord) -> str:
        facts: Mapping[str, Fact] = getattr(record, "facts", {})
        line, most = self._line(record, facts), _MAX_TEXT
        while len(line.encode("ascii", "backslashreplace")) >= PIPE_BUF and most > 1:  # as the stream encodes at worst
            most //= 2
            line = self._line(record, {key: _cut(value, most) for key, value in facts.items()})
        return line

    def _line(self, record: logging.LogRecord, facts: Mapping[str, Fact]) -> str:
        raise NotImplementedError


def _cut(value: Fact, most: int) -> Fact:
    return printable(value, most) if isinstance(value, str) else value


class _JsonLines(_Line):
    def _line(self, record: logging.LogRecord, facts: Mapping[str, Fact]) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps({**line, **facts}, ensure_ascii=True)


class _ConsoleLines(_Line):
    _COLOURS: Final = {logging.WARNING: "\x1b[33m", logging.ERROR: "\x1b[31m", logging.DEBUG: "\x1b[2m"}

    def _line(self, record: logging.LogRecord, facts: Mapping[str, Fact]) -> str:
        at = f"{datetime.fromtimestamp(record.created, UTC):%H:%M:%SZ}"  # as in every table
        shown = " ".join(f"{key}={value}" for key, value in facts.items() if value is not None)
        colour = "" if os.environ.get("NO_COLOR") else self._COLOURS.get(record.levelno, "\x1b[36m")
        end = "\x1b[0m" if colour else ""
        return f"{at} {colour}{record.getMessage():<16}{end} {shown}"
