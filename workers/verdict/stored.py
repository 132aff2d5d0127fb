"""Values as a tenant's row has stored them: an instant, a switch, a token that tells its end."""

from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Final

from workers.verdict.body import json_object, number_at
from workers.verdict.outcome import Reply

_MAX_CHARS: Final = 40
_JWT_PARTS: Final = 3
_ON: Final = frozenset({"true", "1", "yes"})
_FIRST_MILLISECONDS: Final = 1e11  # as seconds this is the year 5138, as milliseconds 1973


def instant(text: str) -> float | None:
    """Epoch seconds of an ISO 8601 date (UTC where it names no zone) or an epoch in s or ms; None for neither."""
    text = text.strip()
    if len(text) > _MAX_CHARS:
        return None
    try:
        if text.replace(".", "", 1).isdecimal():
            number = float(text)
            return number / 1000 if number >= _FIRST_MILLISECONDS else number
        date = datetime.fromisoformat(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def jwt_end(text: str) -> float | None:
    """The `exp` of a JSON Web Token (RFC 7519 section 4.1.4), its signature not looked at; None for another text."""
    parts = text.split(".")
    if len(parts) != _JWT_PARTS or not text.isascii():
        return None
    try:
        claims = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except ValueError:
        return None
    return number_at(json_object(Reply(200, body=claims)), "exp")


def switched_on(text: str) -> bool:
    """Whether a flag is set, however it was written."""
    return text.strip().lower() in _ON
