"""Text of rows, answers and the worker, made fit for a terminal: nothing in it acts, hides or runs on."""

import math
from datetime import UTC, datetime
from typing import Final

MOST: Final = 200  # characters of one value in a table or an error line
_INVISIBLE: Final = (  # printable by category, and yet nothing to see: default ignorable code points
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF),
)  # fmt: skip


def visible(text: str, most: int = MOST) -> str:
    """The text with control, format, bidirectional, invisible and lone surrogate characters spelled out, cut to `most`.

    A line break is a control character too: the result is one line.
    """
    if len(text) <= most and text.isascii() and text.isprintable():
        return text
    shown = "".join(char if _seen(char) else _spelled(char) for char in text[: most + 1])
    return shown if len(text) <= most and len(shown) <= most else f"{shown[: most - 1]}…"


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, with milliseconds and a Z."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cell(value: object) -> str:
    """A value as a table shows it; nothing for None."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
        case float():
            return f"{value:.1f}" if math.isfinite(value) else "?"
        case _:
            return visible(str(value))


def _seen(char: str) -> bool:
    return char.isprintable() and not any(low <= ord(char) <= high for low, high in _INVISIBLE)


def _spelled(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004
