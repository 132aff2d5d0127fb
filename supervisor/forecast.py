"""When a credential will end, and of which number of days before it word is given. Pure; instants are epoch seconds."""

from typing import Final, NamedTuple

DAYS: Final = (30, 7, 1)
"""Days before its end of which word is given, once each."""

_DAY: Final = 86_400.0
_HOUR: Final = 3600.0
_RENEWED: Final = _DAY  # a date that moves by less is the same one, read with another clock or counted from `now`
_FORGIVEN: Final = _DAY  # beyond the first of DAYS: nothing is told twice because a date wavers about it


class Ahead(NamedTuple):
    """What is remembered of a credential: its end, the last of `DAYS` told for it; and which is to be `told` now."""

    expires_at: float | None
    warned: int | None
    told: int | None


def look_ahead(found: float | None, known: float | None, warned: int | None, now: float, *, certain: bool) -> Ahead:
    """`found` by this look, `known` and `warned` from before.

    A look that was `certain` and names no end says that there is none; any other says nothing about it. Who sees an
    end for the first time hears of the nearest number of days alone; of an end that is past the provider's own
    verdict speaks.
    """
    expires_at = found if found is not None or certain else known
    if expires_at is None:
        return Ahead(None, None, None)
    left = expires_at - now
    renewed = known is None or expires_at > known + _RENEWED or left > DAYS[0] * _DAY + _FORGIVEN
    before = None if renewed else warned
    reached = min((days for days in DAYS if left <= days * _DAY), default=None)
    if reached is None or left <= 0 or (before is not None and before <= reached):
        return Ahead(expires_at, before, None)
    return Ahead(expires_at, reached, reached)


def in_words(expires_at: float, now: float) -> str | None:
    """How soon it ends, rounded down ("expires in 6 days"); None when that is far off, or past."""
    left = expires_at - now
    if not 0 < left <= DAYS[0] * _DAY:
        return None
    size, unit = (_DAY, "day") if left >= _DAY else (_HOUR, "hour")
    count = int(left // size)
    return f"expires in {count} {unit}{'' if count == 1 else 's'}" if count else "expires within the hour"
