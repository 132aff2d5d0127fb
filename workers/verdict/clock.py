"""Whether a refused signature or timestamp is our own clock's doing: the reply says what time it is."""

from email.utils import parsedate_to_datetime
from typing import Final

from workers.verdict.outcome import Reply, Verdict
from workers.words import Reason

TOLERATED_S: Final = 300.0  # what OAuth 1 servers, AWS signatures and TLS stacks commonly allow for
_SKEWED: Final = Verdict(
    Reason.CLOCK_SKEW,
    "this host's clock is off from the provider's, who refuses the timestamp; set it by NTP",
    rule="refused timestamp beside a Date that is off",
    source="RFC 9110 section 6.6.1",
)


def clock_off(reply: Reply, now: float) -> float | None:
    """By how many seconds `now` is ahead of the reply's Date (behind: negative); None where it has none."""
    try:
        date = parsedate_to_datetime(reply.headers.get("date", ""))
        age = reply.headers.get("age", "").strip()  # of an answer out of a cache, RFC 9111 section 5.1
        cached = float(age[:9]) if age.isascii() and age.isdecimal() else 0.0
        return now - date.timestamp() - cached if date.tzinfo else None
    except (ValueError, OverflowError, TypeError):
        return None


def clock_skew(reply: Reply, now: float, *, tolerated: float = TOLERATED_S) -> Verdict | None:
    """For a reply that refuses a signature or timestamp made at `now`: ours, where our clock is off by more."""
    off = clock_off(reply, now)
    return _SKEWED if off is not None and abs(off) > tolerated else None
