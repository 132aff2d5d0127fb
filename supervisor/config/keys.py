"""Every setting as a value: its name in a file and in the environment, its type, what is allowed, what is secret."""

import difflib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import inspect

from supervisor.config.settings import ProviderSettings, Section, Settings
from workers import catalog

ENV_PREFIX: Final = "HEALTHSUP_"
PROVIDERS: Final = "providers"
OWN: Final = "own"
PROVIDER_PLACEHOLDER: Final = "<api>"
_SECRET: Final = frozenset({"database.dsn", "alerts.urls"})
_UNQUOTED: Final = frozenset({"base_url"})  # somebody may have put a password into it
_SHOWN_CHARS: Final = 60
_HUGE: Final = 10**18


class Unfit(ValueError):  # noqa: N818 - a word about a value, told in one line by who knows where it stood
    """A value that its key does not allow."""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting. `section` is "worker", or "providers.<api>" with a concrete api."""

    section: str
    name: str
    type: object
    default: object

    @property
    def dotted(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def env(self) -> str:
        """The name of its environment variable."""
        path = "__".join((*self.section.split("."), self.name))
        return ENV_PREFIX + path.upper().replace("-", "_")

    @property
    def secret(self) -> bool:
        """Whether the value may hold a secret: it is masked, and no error quotes it."""
        return self.dotted in _SECRET

    @property
    def quoted(self) -> bool:
        """Whether an error may show the value that was found."""
        return not self.secret and self.name not in _UNQUOTED

    @property
    def optional(self) -> bool:
        """Whether an empty text means: not set."""
        return self.default is None and any(isinstance(one, inspect.StrType) for one in self.kinds)

    @property
    def allowed(self) -> str:
        """What the key may be, in words."""
        return " or ".join(_words(inspect.type_info(self.type)))

    @property
    def meaning(self) -> str:
        """What the key is for; Markdown."""
        return next(_descriptions(inspect.type_info(self.type)), "")

    @property
    def kinds(self) -> tuple[inspect.Type, ...]:
        """The types a value may have, plain."""
        return tuple(_alternatives(inspect.type_info(self.type)))

    def convert(self, value: object) -> object:
        """The value as its type; an empty optional text is None. Raise `Unfit` for what is not allowed."""
        if self.optional and value == "":
            return None
        if isinstance(value, float) and not math.isfinite(value):
            raise Unfit
        if any("\x00" <= char < " " or char == "\x7f" for text in _texts(value) for char in text):
            raise Unfit("it holds a control character")
        try:
            converted: object = msgspec.convert(value, type=self.type)
        except msgspec.ValidationError as error:
            raise Unfit from error
        return converted


def shown(value: object) -> str:
    """A value for an error line: a short printable literal, or its kind."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() if abs(value) > _HUGE:
            return "a huge number"
        case int() | float():
            return str(value)
        case str() if len(value) <= _SHOWN_CHARS:
            return ascii(value) if not value.isprintable() else f'"{value}"'
        case _:
            return kind(value)


def kind(value: object) -> str:
    """What sort of value this is, without the value."""
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list() | tuple():
            return "an array"
        case dict():
            return "a section"
        case _:
            return "a date or time"


def near(word: str, known: Iterable[str], prefix: str = "") -> str:
    """`did you mean …?` for the nearest known word, else nothing; a prefix common to all counts for nothing."""
    words = [one.removeprefix(prefix) for one in known]
    matches = difflib.get_close_matches(word.removeprefix(prefix)[:100], words, n=1, cutoff=0.7)
    return f"did you mean {prefix}{matches[0]}?" if matches else ""


def _keys() -> Iterator[Key]:
    for section in msgspec.structs.fields(Settings):
        if section.name not in {PROVIDERS, OWN}:
            yield from _section_keys(section.name, section.type)
    for api in catalog.KNOWN:
        yield from _section_keys(f"{PROVIDERS}.{api}", ProviderSettings)


def _section_keys(name: str, section: type[Section]) -> Iterator[Key]:
    for field in msgspec.structs.fields(section):
        yield Key(name, field.name, field.type, field.default)


def _alternatives(info: inspect.Type) -> Iterator[inspect.Type]:
    match info:
        case inspect.Metadata(type=inner):
            yield from _alternatives(inner)
        case inspect.UnionType(types=types):
            for inner in types:
                yield from _alternatives(inner)
        case inspect.NoneType():
            return
        case _:
            yield info


def _descriptions(info: inspect.Type) -> Iterator[str]:
    if isinstance(info, inspect.Metadata):
        if info.extra_json_schema and "description" in info.extra_json_schema:
            yield str(info.extra_json_schema["description"])
        yield from _descriptions(info.type)


def _words(info: inspect.Type) -> Iterator[str]:
    for one in sorted(_alternatives(info), key=lambda one: not isinstance(one, inspect.LiteralType)):
        match one:
            case inspect.LiteralType(values=values):
                yield from (f'"{value}"' for value in values)
            case inspect.IntType(ge=low, le=high):
                yield f"a whole number from {low} to {high}"
            case inspect.FloatType(gt=None, ge=low, le=high):
                yield f"a number from {low} to {high}"
            case inspect.FloatType(gt=low, le=high):
                yield f"a number above {low}, up to {high}"
            case inspect.BoolType():
                yield "true"
                yield "false"
            case inspect.StrType():
                yield "a text"
            case _:
                yield "an array of texts"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def keys_of(section: str) -> list[Key]:
    """The settings of a section; a provider's exist under any name, for the configuration may describe providers."""
    if section.startswith(f"{PROVIDERS}."):
        return list(_section_keys(section, ProviderSettings))
    return [key for key in KEYS.values() if key.section == section]


def key_of(section: str, name: str) -> Key | None:
    return next((key for key in keys_of(section) if key.name == name), None)


KEYS: Final = MappingProxyType({key.dotted: key for key in _keys()})
"""By dotted name; a provider's stand under each canonical api name."""

BY_ENV: Final = MappingProxyType({key.env: key for key in KEYS.values()})
SECTIONS: Final = tuple(field.name for field in msgspec.structs.fields(Settings) if field.name != OWN)
