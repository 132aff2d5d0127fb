"""What the supervisor makes of an outcome: status, blame, texts, trust. Pure; the table is the contract's section 5."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from workers.wire import Answer, Reason, Spent

SLOW_MS: Final = 5000  # the backend's rule: exactly 5000 is still healthy
TRUST_WINDOW: Final = 10  # outcomes that count, the present one included


@unique
class Status(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@unique
class Fault(StrEnum):
    """Whose trouble it is."""

    TENANT = "tenant"
    OPERATOR = "operator"
    PROVIDER = "provider"
    US = "us"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reason says. `status` None: the previous one stays; `available` None: the previous one, else `unseen`."""

    status: Status | None
    available: bool | None
    configured: bool = True
    fault: Fault | None = None
    counts: bool = False
    unseen: bool = False


_DOWN_TENANT: Final = Meaning(Status.UNHEALTHY, available=False, fault=Fault.TENANT, counts=True)
_DOWN_OPERATOR: Final = Meaning(Status.UNHEALTHY, available=False, fault=Fault.OPERATOR, counts=True)
_DOWN_PROVIDER: Final = Meaning(Status.UNHEALTHY, available=False, fault=Fault.PROVIDER, counts=True)
_OURS: Final = Meaning(Status.UNKNOWN, available=None, fault=Fault.US)

MEANINGS: Final = MappingProxyType(
    {
        Reason.OK: Meaning(Status.HEALTHY, available=True, counts=True),
        Reason.SLOW: Meaning(Status.DEGRADED, available=True, fault=Fault.PROVIDER, counts=True),
        Reason.VALID_UNPROBED: Meaning(None, available=None, unseen=True),
        Reason.MISSING_FIELDS: Meaning(
            Status.UNHEALTHY, available=False, configured=False, fault=Fault.TENANT, counts=True
        ),
        Reason.UNDECRYPTABLE: _DOWN_OPERATOR,
        Reason.CORRUPT: _DOWN_OPERATOR,
        Reason.PLAINTEXT: _DOWN_OPERATOR,
        Reason.INVALID_CREDENTIAL: _DOWN_TENANT,
        Reason.EXPIRED: _DOWN_TENANT,
        Reason.ACCOUNT_RESTRICTED: _DOWN_TENANT,
        Reason.QUOTA_EXHAUSTED: _DOWN_TENANT,
        Reason.INSUFFICIENT_SCOPE: Meaning(Status.DEGRADED, available=True, fault=Fault.TENANT, counts=True),
        Reason.RATE_LIMITED: Meaning(Status.DEGRADED, available=True, fault=Fault.PROVIDER),
        Reason.PROVIDER_ERROR: _DOWN_PROVIDER,
        Reason.UNREACHABLE: _DOWN_PROVIDER,
        Reason.BLOCKED: _OURS,
        Reason.CLOCK_SKEW: _OURS,
        Reason.UNRECOGNISED: _OURS,
        Reason.WORKER_CRASH: _OURS,
        Reason.DEADLINE: _OURS,
        Reason.QUARANTINED: _OURS,
    }
)


class Found(Struct, frozen=True):
    """What a look at a credential brought, whoever made it; the fields are those of `wire.Answer`."""

    reason: Reason
    message: str
    latency_ms: int | None = None
    again_at: float | None = None
    waiting: bool = False
    expires_at: float | None = None
    spent: tuple[Spent, ...] = ()
    story: bytes = b""

    @classmethod
    def of(cls, answer: Answer) -> "Found":
        return cls(
            answer.reason,
            answer.message,
            answer.latency_ms,
            answer.again_at,
            answer.waiting,
            answer.expires_at,
            answer.spent,
            answer.story,
        )


class Outcome(Struct, frozen=True, kw_only=True):
    """One outcome ready to be stored for (check, attempt). `at` is when it was known, `next_due` when to look again.

    `status` None keeps the previous status, error and latency (else unknown); `available` None keeps the previous
    availability, else it is `unseen`. `error` is already None for a healthy status. `waiting` keeps the previous reason
    and fault too, where there are any. `expires_at` and `warned` are as `forecast` has them; `told`: word of it is to
    be given. `story` is kept as it came.
    """

    check: int
    attempt: int
    reason: Reason
    status: Status | None
    available: bool | None
    unseen: bool
    configured: bool
    fault: Fault | None
    error: str | None
    message: str
    latency_ms: int | None
    counts: bool
    at: datetime
    next_due: datetime
    strikes: int = 0
    version: str = ""
    signal: str | None = None
    phase: str | None = None
    waiting: bool = False
    story: bytes | None = None
    expires_at: float | None = None
    warned: int | None = None
    told: bool = False


def outcome(
    found: Found,
    *,
    check: int,
    attempt: int,
    at: datetime,
    next_due: datetime,
    strikes: int = 0,
    version: str = "",
    signal: str | None = None,
    phase: str | None = None,
    expires_at: float | None = None,
    warned: int | None = None,
    told: bool = False,
) -> Outcome:
    """Give what was found its meaning; an `ok` slower than 5000 ms becomes `slow` here and nowhere else.

    Who waits has asked nobody: whatever else it says, the last verdict holds.
    """
    reason, message, latency_ms = found.reason, found.message, found.latency_ms
    if found.waiting:
        reason, latency_ms = Reason.VALID_UNPROBED, None
    elif reason is Reason.OK and latency_ms is not None and latency_ms > SLOW_MS:
        reason, message = Reason.SLOW, f"works, but the answer took more than {SLOW_MS} ms"
    meaning = MEANINGS[reason]
    healthy = meaning.status is Status.HEALTHY
    return Outcome(
        check=check,
        attempt=attempt,
        reason=reason,
        status=meaning.status,
        available=meaning.available,
        unseen=meaning.unseen,
        configured=meaning.configured,
        fault=meaning.fault,
        error=None if healthy else f"{reason}: {message}",
        message=message,
        latency_ms=latency_ms,
        counts=meaning.counts,
        at=at,
        next_due=next_due,
        strikes=strikes,
        version=version,
        signal=signal,
        phase=phase,
        waiting=found.waiting,
        story=found.story or None,
        expires_at=expires_at,
        warned=warned,
        told=told,
    )


def trust(newest_first: Sequence[Status]) -> float:
    """0..100 over at most ten statuses that count, newest first; 100 for none. The SQL computes the same."""
    score = 100.0
    for _, points in trust_terms(newest_first):  # one after another, as the SQL does: to the last bit
        score -= points
    return max(0.0, min(100.0, score))


def trust_terms(newest_first: Sequence[Status]) -> list[tuple[str, float]]:
    """What is taken from 100, each with its cause."""
    recent = newest_first[:TRUST_WINDOW]
    if not recent:
        return []
    count = len(recent)
    unhealthy, degraded = recent.count(Status.UNHEALTHY), recent.count(Status.DEGRADED)
    newest = {Status.UNHEALTHY: 30, Status.DEGRADED: 15}.get(recent[0], 0)
    return [
        (f"the newest is {recent[0]}", newest),
        (f"40 * {unhealthy}/{count} unhealthy", 40 * unhealthy / count),
        (f"20 * {degraded}/{count} degraded", 20 * degraded / count),
    ]
