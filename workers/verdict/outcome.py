"""The two ways an exchange can end, `Reply` and `Failure`, and a `Verdict`: the outcome in our own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType

from workers.story import MAX_RULE_CHARS, MAX_SOURCE_CHARS
from workers.words import MAX_MESSAGE_CHARS, Reason


@unique
class Trouble(StrEnum):
    """Why no reply came."""

    RESOLVE = "resolve"  # the name has no address
    NAMES = "names"  # no usable answer from a name server in time
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"  # the total time of the check ran out, wherever it was
    RESET = "reset"  # the connection broke in the middle
    MALFORMED = "malformed"  # not HTTP
    TOO_LARGE = "too_large"  # the (decompressed) body is over the cap
    FORBIDDEN_ADDRESS = "forbidden_address"  # the name leads to loopback, private or link-local addresses
    BAD_REQUEST = "bad_request"  # the tenant's fields do not make a request (control characters in a header …)
    LOCAL = "local"  # this host ran out of something of its own (descriptors, memory, ports)
    BUDGET = "budget"  # nothing was asked: the provider's documented limit, or its own word, forbids it until later


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP answer: header names in lower case, the body decompressed and within its cap."""

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """No reply. `until` (epoch seconds) is there for `BUDGET` alone: when it may be asked again."""

    trouble: Trouble
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome: `message` is one sentence of ours with the cure in it, never a word of the provider or tenant.

    `rule` is the documented marker that led to it ("401 errorId 1001"), `source` where it is documented. `again_at`:
    not to be asked again before; `for_good`: not before the credential changes. `waiting`: nothing was asked, the last
    verdict holds. `expires_at`: the provider says that the credential ends then. Instants are UTC epoch seconds.
    """

    reason: Reason
    message: str
    rule: str = ""
    source: str = ""
    again_at: float | None = None
    for_good: bool = False
    waiting: bool = False
    expires_at: float | None = None

    def __post_init__(self) -> None:
        if len(self.message) > MAX_MESSAGE_CHARS:
            raise ValueError("a verdict's message is too long")
        if len(self.rule) > MAX_RULE_CHARS or len(self.source) > MAX_SOURCE_CHARS:
            raise ValueError("a verdict's rule or source is too long")


Answered = Reply | Failure
