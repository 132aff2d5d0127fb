"""The two ways an exchange can end, `Reply` and `Failure`, and a `Verdict`: the outcome in our own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType

from workers.wire import MAX_MESSAGE_CHARS, Reason


@unique
class Trouble(StrEnum):
    """Why no reply came."""

    RESOLVE = "resolve"  # the name has no address, or no name server answered in time
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"  # the total time of the check ran out, wherever it was
    RESET = "reset"  # the connection broke in the middle
    MALFORMED = "malformed"  # not HTTP
    TOO_LARGE = "too_large"  # the (decompressed) body is over the cap
    FORBIDDEN_ADDRESS = "forbidden_address"  # the name leads to loopback, private or link-local addresses
    BAD_REQUEST = "bad_request"  # the tenant's fields do not make a request (control characters in a header …)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP answer: header names in lower case, the body decompressed and within its cap."""

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome: `message` is one sentence of ours with the cure in it, never a word of the provider or tenant."""

    reason: Reason
    message: str

    def __post_init__(self) -> None:
        if len(self.message) > MAX_MESSAGE_CHARS:
            raise ValueError("a verdict's message is too long")


Answered = Reply | Failure
