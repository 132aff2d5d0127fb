"""The JSON object in a reply, read so that nothing a provider (or who poses as one) sends can raise or recurse."""

import json
import re
from collections.abc import Mapping
from itertools import accumulate
from types import MappingProxyType
from typing import Final

from workers.verdict.outcome import Reply

Body = Mapping[str, object]

MAX_BODY_BYTES: Final = 4 << 20  # the probe's cap is far below unless an operator lifts it
MAX_DEPTH: Final = 64  # no documented answer nests deeper than eight
_MAX_EXACT_DIGITS: Final = 19  # a longer integer becomes a float: Python's own conversion is quadratic
_ESCAPE: Final = re.compile(r"\\.", re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")
_STEPS: Final = MappingProxyType({"[": 1, "{": 1, "]": -1, "}": -1})


def json_object(reply: Reply) -> Body | None:
    """The object that is the body; None for anything else. A key that comes twice has its last value."""
    if len(reply.body) > MAX_BODY_BYTES:
        return None
    text = reply.body.decode("utf-8-sig", "replace")
    if not text.lstrip(" \t\r\n").startswith("{") or _nests_too_deep(text):
        return None
    try:
        value = _decoder.decode(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def value_at(body: object, *path: str | int) -> object:
    """What lies at `path` (keys of objects, places in arrays); None where there is nothing."""
    for step in path:
        match body, step:
            case dict(), str():
                body = body.get(step)
            case list(), int() if 0 <= step < len(body):
                body = body[step]
            case _:
                return None
    return body


def text_at(body: object, *path: str | int) -> str:
    """The string at `path`; empty where there is none."""
    value = value_at(body, *path)
    return value if isinstance(value, str) else ""


def number_at(body: object, *path: str | int) -> float | None:
    """The finite number at `path`; a string of digits is none, nor is a boolean."""
    value = value_at(body, *path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < float("inf") else None  # false for NaN too


def truth_at(body: object, *path: str | int) -> bool | None:
    """The boolean at `path`."""
    value = value_at(body, *path)
    return value if isinstance(value, bool) else None


def object_at(body: object, *path: str | int) -> Body | None:
    """The object at `path`."""
    value = value_at(body, *path)
    return value if isinstance(value, dict) else None


def _nests_too_deep(text: str) -> bool:
    """Linear in any text. Python's reader recurses in C: on a thread's small stack its own limit comes too late.

    Exact up to the first syntax error, which is where the reader stops.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    if "\\" in text:
        text = _ESCAPE.sub("", text)
    outside_strings = "".join(text.split('"')[::2])
    return max(accumulate(map(_STEPS.__getitem__, _BRACKET.findall(outside_strings))), default=0) > MAX_DEPTH


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _MAX_EXACT_DIGITS else float(digits)


_decoder: Final = json.JSONDecoder(parse_int=_integer)
