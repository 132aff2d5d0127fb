"""Looks at everything `run` needs, and says what is wrong and how to mend it. Changes nothing of the user's."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from supervisor import control, embedded, launcher
from supervisor.config.dsn import masked
from supervisor.config.load import Loaded
from supervisor.config.settings import Settings
from supervisor.errors import BadConfig, HealthsupError
from supervisor.store import Store
from supervisor.store.admin import Admin

Grade = Literal["ok", "warn", "bad"]
Open = Callable[..., AbstractContextManager[Store]]
_SKEW_WARN_S: Final = 2.0
_SKEW_BAD_S: Final = 60.0  # a result dated so far ahead shuts out the backend's own
_UNKNOWN_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. The text may hold names from rows: it is for a printer that escapes."""

    grade: Grade
    subject: str
    text: str


def examine(loaded: Loaded, environ: Mapping[str, str], open_store: Open) -> Iterator[Finding]:
    """Look at one thing after another. `open_store` is the service's."""
    settings = loaded.settings
    yield Finding("ok", "configuration", str(loaded.path) if loaded.path else "no file: defaults and environment")
    for note in loaded.notes:
        yield Finding("warn", "configuration", note)
    yield _key(settings, environ)
    yield _sockets(settings, environ)
    yield _confinement(settings, environ)
    if settings.database.dsn is None:
        yield _binaries(environ)
    yield from _database(settings, environ, open_store)


def _key(settings: Settings, environ: Mapping[str, str]) -> Finding:
    complaint = launcher.check_key(settings.keys.encryption_key_file, environ)
    return Finding("bad", "key", complaint) if complaint else Finding("ok", "key", "the worker finds a usable one")


def _sockets(settings: Settings, environ: Mapping[str, str]) -> Finding:
    if running := control.find_running(settings.control.dir, environ):
        return Finding("ok", "sockets", f"{running.parent}, in use by a `run`")
    try:
        return Finding("ok", "sockets", str(control.prepare(settings.control.dir, environ)))
    except HealthsupError as error:
        return Finding("bad", "sockets", str(error))


def _confinement(settings: Settings, environ: Mapping[str, str]) -> Finding:
    try:
        answer: Mapping[str, Any] = control.ask(settings.control.dir, {"do": "show"}, within=5.0, environ=environ)
    except HealthsupError:
        answer = {}
    running = answer.get("confinement")
    layers = list(map(str, running)) if isinstance(running, list) and running else launcher.try_sandbox(environ)
    if settings.worker.sandbox == "off":
        return Finding("warn", "sandbox", 'worker.sandbox is "off": a worker that is taken over reaches all that we do')
    told = f"{'in force' if running else 'this kernel has'}: {', '.join(layers)}"
    if "memory-locked" not in layers:
        told += "; plaintext may be swapped out, unless swap is off, encrypted, or RLIMIT_MEMLOCK unlimited"
    if missing := launcher.lacking(layers):
        grade: Grade = "bad" if settings.worker.sandbox == "require" else "warn"
        return Finding(grade, "sandbox", f"missing: {', '.join(missing)}; {told}")
    return Finding("ok", "sandbox", told)


def _binaries(environ: Mapping[str, str]) -> Finding:
    try:
        return Finding("ok", "postgresql", f"binaries in {embedded.locate(environ)}")
    except HealthsupError as error:
        return Finding("bad", "postgresql", str(error))


def _database(settings: Settings, environ: Mapping[str, str], open_store: Open) -> Iterator[Finding]:
    dsn = settings.database.dsn
    try:
        if dsn is None:
            place = Path(settings.database.embedded_dir or embedded.default_dir(environ))
            if not (place / "PG_VERSION").exists():
                yield Finding("ok", "database", f"embedded, will be made in {place} at the first start")
                return
            where = f"embedded, in {place}"
        else:
            where = masked(dsn)
        with open_store(settings, current=False) as store:
            yield Finding("ok", "database", where)
            yield from _inside(store)
    except (HealthsupError, OSError) as error:
        yield Finding("bad", "database", str(error))


def _inside(store: Store) -> Iterator[Finding]:
    admin = Admin(store)
    yield _clock(store.now())
    if admin.read_only():
        yield Finding("bad", "database", "it takes no writes: name the primary server in database.dsn")
    try:
        admin.require_rights()
    except BadConfig as error:
        yield Finding("bad", "privileges", str(error))
    try:
        store.require_current()
    except BadConfig as error:
        yield Finding("bad", "schema", str(error))
        return
    state = store.state()
    whose = "tables of its own" if state.standalone else "beside the backend's tables"
    newer = "" if state.current else f" (newer than this program's {state.wanted}, which works on it)"
    yield Finding("ok", "schema", f"version {state.found}{newer}, {whose}")
    yield _unknown_apis(store.unknown_apis())


def _clock(theirs: datetime) -> Finding:
    ahead = (datetime.now(UTC) - theirs).total_seconds()
    text = f"ours is {abs(ahead):.1f} s {'ahead of' if ahead >= 0 else 'behind'} the database's"
    if abs(ahead) < _SKEW_WARN_S:
        return Finding("ok", "clock", text)
    return Finding("bad" if abs(ahead) >= _SKEW_BAD_S else "warn", "clock", f"{text}: set both by NTP")


def _unknown_apis(names: list[tuple[str, int]]) -> Finding:
    if not names:
        return Finding("ok", "apis", "every active credential is of a known api")
    told = ", ".join(f"{name} ({count})" for name, count in names[:_UNKNOWN_TOLD])
    more = f" and {len(names) - _UNKNOWN_TOLD} more" if len(names) > _UNKNOWN_TOLD else ""
    return Finding("warn", "apis", f"not monitored, as no api has this name: {told}{more}")
