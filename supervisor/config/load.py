"""The effective settings: defaults, then the file, then the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from supervisor.config import checks, dsn, sources
from supervisor.config.keys import KEYS, PROVIDERS
from supervisor.config.settings import Settings
from supervisor.config.sources import Entry
from supervisor.errors import BadConfig
from workers.own import OwnProvider

DEFAULT_PATH: Final = Path("/etc/healthsup/healthsup.toml")
_DSN: Final = "database.dsn"
_CONTROL: Final = KEYS["control.dir"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, where each came from ("default", a file's path, "env NAME"), and what to tell once.

    `path` is the file that was read. `repr` shows no setting: some hold secrets.
    """

    settings: Settings = field(repr=False)
    origins: Mapping[str, str] = field(repr=False)
    notes: tuple[str, ...]
    path: Path | None


def load(path: Path | None, environ: Mapping[str, str]) -> Loaded:
    """Read and check everything. Raise `BadConfig` with one line that names place, key, finding and cure."""
    file = _locate(path, environ)
    overrides, notes = sources.from_environ(environ)
    entries = sources.merged([sources.from_file(file) if file else {}, overrides])
    entries[_DSN] = _dsn(entries[_DSN], environ)
    settings = _built(entries)
    origins = MappingProxyType({name: entry.origin for name, entry in entries.items()})
    if settings.database.dsn is not None:
        notes += _checked_dsn(settings.database.dsn, origins[_DSN])
    return Loaded(settings, origins, (*notes, *checks.check(settings, origins)), file)


def control_dir(path: Path | None, environ: Mapping[str, str]) -> str | None:
    """Only `control.dir`, from a configuration that may be wrong anywhere: `reload` must find who is to refuse it."""
    try:
        overrides, _ = sources.from_environ({name: value for name, value in environ.items() if name == _CONTROL.env})
        file = None if overrides else _locate(path, environ)
        entries = overrides or (sources.from_file(file, only=_CONTROL.section) if file else {})
    except BadConfig:
        return None
    value = entries[_CONTROL.dotted].value if _CONTROL.dotted in entries else None
    return value if isinstance(value, str) else None


def _locate(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    if path is not None:
        return path
    if named := environ.get("HEALTHSUP_CONFIG"):
        return Path(named)
    try:
        DEFAULT_PATH.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise BadConfig(
            f"cannot tell whether there is a {DEFAULT_PATH} ({reason})", "name a file of yours with --config"
        ) from error
    return DEFAULT_PATH


def _dsn(entry: Entry, environ: Mapping[str, str]) -> Entry:
    if entry.value is not None:
        return entry
    for name in ("HEALTHSUP_DSN", "DATABASE_URL"):
        if value := environ.get(name, "").strip():
            return Entry(value, f"env {name}")
    return entry


def _checked_dsn(value: str, origin: str) -> list[str]:
    place = origin.removeprefix("env ")
    try:
        target = dsn.parse(value)
    except BadConfig as error:
        where = place if origin.startswith("env ") else f"{place}: {_DSN}"
        raise BadConfig(f"{where} {error.cause}", error.cure) from None
    return [f"{_DSN}: {note}" for note in target.notes]


def _built(entries: Mapping[str, Entry]) -> Settings:
    """The tree of dotted names as the frozen value; each leaf is already of its type."""
    tree: dict[str, dict[str, object]] = {PROVIDERS: {}}
    providers: dict[str, dict[str, object]] = {}
    own: dict[str, OwnProvider] = {}
    for dotted, entry in entries.items():
        section, _, name = dotted.rpartition(".")
        if isinstance(entry.value, OwnProvider):
            own[entry.value.name] = entry.value
        elif section.startswith(f"{PROVIDERS}."):
            providers.setdefault(section.removeprefix(f"{PROVIDERS}."), {})[name] = entry.value
        else:
            tree.setdefault(section, {})[name] = entry.value
    tree[PROVIDERS] = dict(providers)
    return msgspec.structs.replace(msgspec.convert(tree, type=Settings), own=own)
