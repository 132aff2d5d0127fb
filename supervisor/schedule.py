"""Who is due, when next, and in which parcels. Pure.

Each check has a phase of its own inside the interval, drawn from its id: it stays the same over restarts, and many
checks never fire together. All times are UTC epoch seconds.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from workers.wire import MAX_CHECKS_PER_JOB, MAX_INSTANT, Check, Job

_GOLDEN: Final = 0.6180339887498949  # fractional part of the golden ratio: ids in a row spread evenly
_LONGEST_WAIT_S: Final = 31 * 86_400.0


class Claim(Struct, frozen=True):
    """A leased check: this supervisor alone may store an outcome for (check, attempt).

    `quarantined`: it is not to be run; its outcome is known already. `previous`: the reason that the owner's status
    rests on, None before the first verdict. `saved_at`: when the row was last written, as it says itself. `expires_at`
    and `warned`: see `forecast`.
    """

    check: int
    attempt: int
    user: int
    api: str
    environment: str
    ciphertext: str
    next_due: float
    strikes: int = 0
    quarantined: bool = False
    version: str = ""  # of the credential: a digest of its ciphertext
    signal: str | None = None  # of the last strike
    phase: str | None = None
    previous: str | None = None
    saved_at: float | None = None
    expires_at: float | None = None
    warned: int | None = None


def phase(check: int, interval: float) -> float:
    """Seconds after each multiple of `interval` at which this check is due: 0 <= phase < interval."""
    return (check * _GOLDEN % 1.0) * interval


def next_due(check: int, interval: float, now: float, *, probed: bool) -> float:
    """The check's next slot. After a probe at least half an interval lies between, after a validation none need."""
    earliest = now + (interval / 2 if probed else 0.0)
    slot = phase(check, interval)
    turns = (earliest - slot) // interval + 1
    return slot + turns * interval


def postponed(due: float, again_at: float | None, now: float) -> float:
    """`due`, or `again_at` where that is later, at most 31 days ahead.

    "Not before the credential changes" (`MAX_INSTANT`) postpones nothing: the check opens the row in its usual turns,
    and the spent budget, which is the refused account's, lets it ask as soon as another credential is stored there.
    """
    if again_at is None or again_at >= MAX_INSTANT:
        return due
    return max(due, min(again_at, now + _LONGEST_WAIT_S))


def batch(claims: Iterable[Claim], first_job: int, *, probe: bool) -> list[tuple[Job, tuple[Claim, ...]]]:
    """Jobs, numbered from `first_job`: one user each, in the order in which users first appear."""
    by_user: dict[int, list[Claim]] = {}
    for claim in claims:
        by_user.setdefault(claim.user, []).append(claim)
    parcels = [
        tuple(own[start : start + MAX_CHECKS_PER_JOB])
        for own in by_user.values()
        for start in range(0, len(own), MAX_CHECKS_PER_JOB)
    ]
    return [
        (Job(number, parcel[0].user, tuple(_order(claim, probe=probe) for claim in parcel)), parcel)
        for number, parcel in enumerate(parcels, start=first_job)
    ]


def _order(claim: Claim, *, probe: bool) -> Check:
    saved_at = claim.saved_at
    if saved_at is not None and not 0 <= saved_at <= MAX_INSTANT:
        saved_at = None  # a column holds what its writer likes: infinity, the year 5000
    return Check(claim.check, claim.attempt, claim.api, claim.environment, claim.ciphertext, probe, saved_at)
