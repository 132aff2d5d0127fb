"""The words of the wire: phases, reasons, and the types that bound what a message may hold."""

from enum import StrEnum, unique
from typing import Annotated, Final

from msgspec import Meta

MAX_MESSAGE_CHARS: Final = 200
NO_NAME_SERVER: Final = (
    "the name could not be looked up: no usable answer from a name server; "
    "if that lasts, look at its domain, or at this host's name service"
)
"""What a worker says where the way out may be lost although open connections still answer."""
MAX_LATENCY_MS: Final = 3_600_000
MAX_INSTANT: Final = 32_503_680_000.0  # the year 3000, in epoch seconds


@unique
class Phase(StrEnum):
    """What a place of the window is doing; the names users see."""

    BOOT = "boot"
    IDLE = "idle"
    DECRYPT = "decrypt"
    VALIDATE = "validate"
    CONNECT = "connect"
    PROBE = "probe"
    REPORT = "report"


@unique
class Reason(StrEnum):
    """The closed vocabulary of outcomes."""

    OK = "ok"
    SLOW = "slow"
    VALID_UNPROBED = "valid_unprobed"
    MISSING_FIELDS = "missing_fields"
    UNDECRYPTABLE = "undecryptable"
    CORRUPT = "corrupt"
    PLAINTEXT = "plaintext"
    INVALID_CREDENTIAL = "invalid_credential"
    EXPIRED = "expired"
    ACCOUNT_RESTRICTED = "account_restricted"
    QUOTA_EXHAUSTED = "quota_exhausted"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    RATE_LIMITED = "rate_limited"
    PROVIDER_ERROR = "provider_error"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    CLOCK_SKEW = "clock_skew"
    UNRECOGNISED = "unrecognised"
    WORKER_CRASH = "worker_crash"
    DEADLINE = "deadline"
    QUARANTINED = "quarantined"


SUPERVISOR_ONLY: Final = frozenset({Reason.SLOW, Reason.WORKER_CRASH, Reason.DEADLINE, Reason.QUARANTINED})
"""Reasons that a worker may not give: the supervisor alone derives them."""

Id = Annotated[int, Meta(ge=1, le=(1 << 63) - 1)]
ShortText = Annotated[str, Meta(max_length=64)]


Instant = Annotated[float, Meta(ge=0, le=MAX_INSTANT)]
"""UTC epoch seconds."""

Milliseconds = Annotated[float, Meta(ge=0, le=MAX_LATENCY_MS)]
