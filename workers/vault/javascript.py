"""What JavaScript makes of a text: the rules by which the backend writes and reads its credentials.

Each function gives what Node 20 gives for the same input; the contract tests ask Node itself.
"""

import binascii
import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

WHITESPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
MAX_DEPTH: Final = 100  # cookies nest three deep
_STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_FOREIGN_TO_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")
_HEX_DIGITS: Final = re.compile(rb"[0-9A-Fa-f]*")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_EXACT_DIGITS: Final = 15  # every integer of so many digits is a double, so `int` and JavaScript agree
_PLAIN_UP_TO: Final = 21  # digits before the point; from there on JavaScript writes an exponent
_PLAIN_DOWN_TO: Final = -6


@dataclass(frozen=True, slots=True)
class NotJson:
    """Where a text stops being JSON, from 1; 0 where no place is known (it nests too deeply, or holds a NaN).

    A value and no exception, because Python's own keeps the whole text.
    """

    line: int = 0
    column: int = 0


def trim(text: str) -> str:
    """`String.prototype.trim`: U+FEFF goes; U+0085 and U+001C to U+001F stay, unlike with `str.strip`."""
    return text.strip(WHITESPACE)


def length(text: str) -> int:
    """The length in UTF-16 code units: an emoji counts twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def well_formed(text: str) -> str:
    """`text` with U+FFFD for each lone surrogate: what JavaScript sends, and what UTF-8 can say."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def base64_bytes(text: str) -> bytes:
    """`Buffer.from(text, "base64")`: either alphabet, padding optional, junk ignored, up to the first `=`."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        pass
    digits = _low_bytes(text).partition(b"=")[0].translate(bytes.maketrans(b"-_", b"+/"))
    digits = _FOREIGN_TO_BASE64.sub(b"", digits)
    if len(digits) % 4 == 1:  # six bits are no byte
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def hex_bytes(text: str) -> bytes:
    """`Buffer.from(text, "hex")`: either case, up to the first pair that is none."""
    try:
        return binascii.a2b_hex(text)
    except ValueError:
        pass
    digits = _HEX_DIGITS.match(_low_bytes(text))
    return binascii.a2b_hex(digits[0][: len(digits[0]) // 2 * 2]) if digits else b""


def text_of(data: bytes) -> str:
    """`buffer.toString("utf8")`: U+FFFD for what is not UTF-8, and a byte order mark stays."""
    return data.decode("utf-8", "replace")


def parse(text: str) -> object:
    """`JSON.parse`, or a `NotJson`. Integers too long for a double lose digits as they do there.

    Nesting beyond `MAX_DEPTH` is refused, which Node would not do: Python's reader recurses in C, and on the
    small stack of a thread its own limit comes too late.
    """
    if _depth(text) > MAX_DEPTH:
        return NotJson()
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        return NotJson(error.lineno, error.colno)
    except _NoJsonNumber:
        return NotJson()


def string_of(number: float) -> str:
    """`String(number)` of a number or boolean."""
    if isinstance(number, bool):
        return "true" if number else "false"
    if isinstance(number, int):
        return str(number)
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    negative, digit_tuple, exponent = Decimal(repr(number)).normalize().as_tuple()
    digits = "".join(map(str, digit_tuple))
    if digits == "0":
        return "0"
    return "-" * negative + _decimal(digits, len(digits) + int(exponent))


def _decimal(digits: str, point: int) -> str:
    """`digits` with the decimal point after the first `point` of them (ECMA-262, Number::toString)."""
    if len(digits) <= point <= _PLAIN_UP_TO:
        return digits.ljust(point, "0")
    if 0 < point <= _PLAIN_UP_TO:
        return f"{digits[:point]}.{digits[point:]}"
    if _PLAIN_DOWN_TO < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def _depth(text: str) -> int:
    """How deeply arrays and objects nest in `text`, or something over `MAX_DEPTH`; linear for any text."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0  # whatever it is, it is not too much
    depth = deepest = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        bracket = text[token.start()]
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in "]}":
            depth -= 1
        if deepest > MAX_DEPTH:
            break
    return deepest


def _low_bytes(text: str) -> bytes:
    """The low byte of each UTF-16 unit: all that Node's base64 and hex readers look at."""
    return text.encode("utf-16-le", "surrogatepass")[::2]


class _NoJsonNumber(ValueError):  # noqa: N818 - never leaves this file
    """`NaN` or `Infinity`, which Python's reader takes and JavaScript's does not."""


def _refuse(_constant: str) -> float:
    raise _NoJsonNumber


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _EXACT_DIGITS else float(digits)


_decoder: Final = json.JSONDecoder(parse_int=_integer, parse_constant=_refuse)
