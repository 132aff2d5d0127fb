"""An opened credential: the JSON object that was sealed, and the fields a provider finds in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import shorten
from types import MappingProxyType
from typing import Final, final

from workers.provider import Field, Fields, Provider
from workers.secret import Secret
from workers.vault import javascript
from workers.verdict import Verdict
from workers.wire import Reason

_NAMES_CHARS: Final = 120  # a verdict's message is bounded


@dataclass(frozen=True, slots=True)
class Reading:
    """What one provider's fields are in one credential. `missing`: the required ones that are not there."""

    fields: Fields
    missing: tuple[str, ...]


@final
class Opened:
    """The decrypted object. It cannot be printed, compared or pickled, only asked for a provider's fields."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values: Final = values

    def fields(self, provider: Provider) -> Fields | Verdict:
        """The provider's fields when every required one is there, else the verdict (see `read`)."""
        reading = self.read(provider.fields)
        if isinstance(reading, Verdict):
            return reading
        return _incomplete(reading.missing) if reading.missing else reading.fields

    def read(self, wanted: Iterable[Field]) -> Reading | Verdict:
        """Each field under its canonical name: the first of its names that has a usable value.

        Strings stay as they are, numbers and booleans become what JavaScript's `String()` makes of them;
        null, objects, arrays and strings of nothing but white space count as absent. A value longer than its
        field allows was never saved by the backend: `corrupt`.
        """
        found: dict[str, Secret] = {}
        missing: list[str] = []
        for field in wanted:
            value = self._first_usable((field.name, *field.aliases))
            if value is None:
                if field.required:
                    missing.append(field.name)
            elif len(value) > field.max_chars:
                return _too_long(field)
            else:
                found[field.name] = Secret(value)
        return Reading(MappingProxyType(found), tuple(missing))

    def _first_usable(self, names: Iterable[str]) -> str | None:
        usable = (_text_of(self._values.get(name)) for name in names)
        return next((text for text in usable if text is not None), None)

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> str:
        raise TypeError("an opened credential is never pickled")


def _text_of(value: object) -> str | None:
    match value:
        case str():
            return javascript.well_formed(value) if javascript.trim(value) else None
        case bool() | int() | float():
            return javascript.string_of(value)
        case _:
            return None


def _incomplete(missing: Iterable[str]) -> Verdict:
    names = shorten(", ".join(missing), _NAMES_CHARS, placeholder=" and more")
    return Verdict(Reason.MISSING_FIELDS, f"required fields are missing: {names}; complete the credential")


def _too_long(field: Field) -> Verdict:
    return Verdict(
        Reason.CORRUPT,
        f"the stored field {field.name} is longer than {field.max_chars} characters; save it again",
    )
