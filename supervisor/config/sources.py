"""Where settings are read from: the file, then the environment. Every error names the place, the key and the cure."""

import errno
import os
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import inspect

from supervisor.config import keys, own
from supervisor.config.keys import (
    BY_ENV,
    ENV_PREFIX,
    KEYS,
    PROVIDERS,
    SECTIONS,
    Key,
    Unfit,
    key_of,
    keys_of,
    kind,
    near,
    shown,
)
from supervisor.errors import BadConfig
from workers import catalog

MAX_FILE_BYTES: Final = 1 << 20
NO_KEYS: Final = frozenset({"HEALTHSUP_CONFIG", "HEALTHSUP_DSN", "HEALTHSUP_PG_BIN"})
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_PATHS: Final = frozenset({"database.embedded_dir", "keys.encryption_key_file", "control.dir", "web.token_file"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A converted value and where it came from: a file's path, or "env NAME"."""

    value: object
    origin: str


def from_file(path: Path, only: str | None = None) -> dict[str, Entry]:
    """Every setting of a TOML file by dotted key, or of one section. Relative paths in it start at its folder."""
    text = _text(path)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{path} is not TOML", str(error)) from None
    except RecursionError:
        raise BadConfig(f"{path} is not TOML", "it is nested too deeply") from None
    place = str(path)
    if only is not None:
        tree = {only: tree.get(only, {})}
    declared = own.declared(tree, text, place)
    entries = {
        key.dotted: Entry(_converted(key, value, place, path.absolute().parent), place)
        for key, value in _flat(tree, place, declared)
    }
    return entries | {f"{PROVIDERS}.{name}.{own.PROBE}": Entry(one, place) for name, one in declared.items()}


def from_environ(environ: Mapping[str, str]) -> tuple[dict[str, Entry], list[str]]:
    """Every `HEALTHSUP_<SECTION>__<KEY>`, and a note for each variable that only looks like one."""
    entries: dict[str, Entry] = {}
    notes = []
    for name in sorted(environ):
        if not name.startswith(ENV_PREFIX) or name in NO_KEYS:
            continue
        if "__" in name.removeprefix(ENV_PREFIX):
            key = BY_ENV.get(name) or _unknown_variable(name)
            value = _parsed(key, environ[name], name)
            entries[key.dotted] = Entry(_converted(key, value, name, Path.cwd()), f"env {name}")
        elif hint := near(name, BY_ENV, ENV_PREFIX):
            notes.append(f"{shown(name)} in the environment is no setting and is passed over: {hint}")
    return entries, notes


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise BadConfig(f"configuration file {path} does not exist", "name another with --config") from None
    except IsADirectoryError:
        raise BadConfig(f"configuration file {path} is a folder", "name a file with --config") from None
    except OSError as error:
        reason = (error.strerror or errno.errorcode.get(error.errno or 0, "error")).lower()
        raise BadConfig(
            f"configuration file {path} cannot be read ({reason})", "mend it, or name another with --config"
        ) from error
    if len(data) > MAX_FILE_BYTES:
        raise BadConfig(f"configuration file {path} is too large", f"at most {MAX_FILE_BYTES} bytes are read")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadConfig(f"{path} is not UTF-8 (line {line})", "save it as UTF-8") from None


def _flat(tree: Mapping[str, object], place: str, declared: Collection[str]) -> Iterator[tuple[Key, object]]:
    for section, table in tree.items():
        if section not in SECTIONS:
            raise _unknown(place, section, is_section=isinstance(table, dict))
        if section == PROVIDERS:
            for api, said in _table(table, section, place).items():
                if api not in declared:
                    _check_api(api, place)
                yield from _section(f"{PROVIDERS}.{api}", said, place)
        else:
            yield from _section(section, table, place)


def _section(section: str, table: object, place: str) -> Iterator[tuple[Key, object]]:
    for name, value in _table(table, section, place).items():
        if name == own.PROBE and section.startswith(f"{PROVIDERS}."):
            continue  # an own provider's: `own.declared` has read it
        key = key_of(section, name)
        if key is None:
            known = sorted(key.name for key in keys_of(section))
            raise BadConfig(
                f"{place}: unknown key {shown(name)} in [{section}]",
                near(name, known) or f"known are {', '.join(known)}",
            )
        yield key, value


def _table(value: object, section: str, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BadConfig(f"{place}: {section} is {kind(value)}", f"it must be a section, [{section}]")
    return value


def _unknown(place: str, name: str, *, is_section: bool) -> BadConfig:
    if is_section:
        cure = near(name, SECTIONS) or f"known are {', '.join(SECTIONS)}"
        return BadConfig(f"{place}: unknown section [{shown(name)}]", cure)
    homes = sorted({key.section for key in KEYS.values() if key.name == name and PROVIDERS not in key.section})
    cure = f"it belongs into [{homes[0]}]" if homes else "every key stands in a section"
    return BadConfig(f"{place}: unknown key {shown(name)} outside any section", cure)


def _check_api(api: str, place: str) -> None:
    name = catalog.canonical(api)
    if name is None:
        cure = near(api, catalog.CANONICAL) or f"known are {', '.join(catalog.KNOWN)}; one of your own needs a probe"
        raise BadConfig(f"{place}: unknown provider {shown(api)} in [{PROVIDERS}]", cure)
    if name != api:
        raise BadConfig(f"{place}: {api} is an alias", f"its settings belong into [{PROVIDERS}.{name}]")


def _unknown_variable(name: str) -> Key:
    section, *path = name.removeprefix(ENV_PREFIX).lower().split("__")
    alias = catalog.canonical(path[0]) or catalog.canonical(path[0].replace("_", "-"))
    cure = near(name, BY_ENV, ENV_PREFIX)
    if section == PROVIDERS and alias:
        cure = f"the provider is written {alias.upper().replace('-', '_')}"
    raise BadConfig(f"unknown setting {shown(name)} in the environment", cure or "see `healthsup config show`")


def _parsed(key: Key, text: str, name: str) -> object:
    """A variable's text as the sort of value its key has; left a text where it is none of them."""
    for one in key.kinds:
        match one:
            case inspect.BoolType() if text.strip().lower() in _BOOLEANS:
                return _BOOLEANS[text.strip().lower()]
            case inspect.IntType() if _INTEGER.fullmatch(text.strip()):
                return int(text)
            case inspect.FloatType() if _NUMBER.fullmatch(text.strip()):
                return float(text)
            case inspect.VarTupleType():
                return _array(key, text, name)
    return text


def _array(key: Key, text: str, name: str) -> object:
    try:
        tree = tomllib.loads(f"it = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        tree = {}
    if set(tree) != {"it"}:
        raise BadConfig(f"{name} is no TOML array", f'{key.dotted} must be like ["first", "second"]') from None
    return tree["it"]


def _converted(key: Key, value: object, place: str, folder: Path) -> object:
    try:
        converted = key.convert(value)
    except Unfit as error:
        found = shown(value) if key.quoted else kind(value)
        name = key.dotted if not place.startswith(ENV_PREFIX) else f"({key.dotted})"
        reason = f" ({error})" if error.args else ""
        raise BadConfig(f"{place}: {name} is {found}{reason}", f"it must be {key.allowed}") from None
    if key.dotted in _PATHS and isinstance(converted, str):
        return os.fspath(folder / Path(converted).expanduser())
    return converted


def merged(layers: Iterable[Mapping[str, Entry]]) -> dict[str, Entry]:
    """All layers over the defaults, later ones over earlier ones; providers only where something was said."""
    entries = {
        dotted: Entry(key.default, "default")
        for dotted, key in KEYS.items()
        if not key.section.startswith(keys.PROVIDERS)
    }
    for layer in layers:
        entries.update(layer)
    return entries
