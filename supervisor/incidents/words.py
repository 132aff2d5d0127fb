"""What is heard of providers, what opens from it, and the thresholds in between."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum, auto, unique
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from workers.wire import Reason
from workers.words import NO_NAME_SERVER


@unique
class Kind(StrEnum):
    OUTAGE = "outage"
    RATE_LIMIT = "rate_limit"
    EGRESS = "egress"


@unique
class Sign(IntEnum):  # hashed as a number: each answer is looked up by it several times
    """What an answer says about the provider and the way to it; any but the last two proves the way out."""

    WELL = auto()
    LIMITED = auto()
    FAILING = auto()
    UNREACHABLE = auto()
    UNNAMED = auto()  # no usable answer from a name server


_SIGNS: Final = MappingProxyType(
    {
        Reason.RATE_LIMITED: Sign.LIMITED,
        Reason.PROVIDER_ERROR: Sign.FAILING,
        Reason.UNREACHABLE: Sign.UNREACHABLE,
        Reason.OK: Sign.WELL,
        Reason.SLOW: Sign.WELL,
        Reason.INVALID_CREDENTIAL: Sign.WELL,
        Reason.EXPIRED: Sign.WELL,
        Reason.ACCOUNT_RESTRICTED: Sign.WELL,
        Reason.QUOTA_EXHAUSTED: Sign.WELL,
        Reason.INSUFFICIENT_SCOPE: Sign.WELL,
    }
)
NO_WAY: Final = frozenset({Sign.UNREACHABLE, Sign.UNNAMED})
DOWN: Final = NO_WAY | {Sign.FAILING}
ALIKE: Final = MappingProxyType({Kind.OUTAGE: DOWN, Kind.RATE_LIMIT: frozenset({Sign.LIMITED})})


@dataclass(frozen=True, slots=True)
class Policy:
    """When many is many, and when it is over. Seconds, tenants, shares.

    An incident opens at four fifths and closes at half, and only after a while of that: between the two lies at least
    one tenant, however few there are, so that a single answer never opens and closes by turns.
    """

    window: float = 1800.0  # two intervals: whatever is looked at regularly was heard once, even where its slot moved
    sample: int = 20  # tenants, the newest: where a third fails for reasons of its own, 16 of them never do by chance
    least: int = 2  # one tenant that fails is a credential
    open_share: float = 0.8  # of those heard, and as many of the sample must be
    close_share: float = 0.5  # a tenant whose own host is dead for good must not keep it open
    steady: float = 30.0  # of recovery: a provider that comes back in bursts is not back
    providers: int = 3  # tried in vain, or all where there are fewer: two that are down at once are no rarity
    silence: float = 5.0  # without any answer: a second look comes so late, and a lost packet not so often
    patience: float = 60.0  # for another provider's word; where none is to be had, the failing provider is believed


class Heard(Struct, frozen=True):
    """What one check came to. `since`: when it began to fail, where that was before; `fresh`: it did not fail before.

    `confirmed` False: the first of two answers, which only says something about the way out.
    """

    check: int
    api: str
    user: int
    sign: Sign
    at: float
    since: float
    fresh: bool = True
    confirmed: bool = True

    @property
    def asked_at(self) -> float:
        """When the look began that this is the last word of."""
        return self.since if self.sign in DOWN else self.at


@dataclass(slots=True)
class Incident:
    """An open one. `api` None: our own egress. `known` tenants at least, as far as an earlier process counted."""

    api: str | None
    kind: Kind
    opened_at: float
    tenants: set[int] = field(default_factory=set)
    known: int = 0
    well_since: float | None = None

    @property
    def users(self) -> int:
        """How many tenants it has touched."""
        return max(self.known, len(self.tenants))


@dataclass(frozen=True, slots=True)
class Change:
    """An incident `opened`, or closed."""

    incident: Incident
    opened: bool


def sign(reason: Reason, *, asked: bool, message: str = "") -> Sign | None:
    """What an outcome says; None: nothing. Only where the provider was `asked` a verdict proves that it is there."""
    found = _SIGNS.get(reason)
    if found is Sign.UNREACHABLE and message == NO_NAME_SERVER:
        return Sign.UNNAMED
    return found if asked or found is not Sign.WELL else None
