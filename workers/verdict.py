"""What came back from a provider, and what is said of it. Pure: no clock, no socket.

`Reply` and `Failure` are the two ways an exchange can end; a `Verdict` is the outcome in our own words. The
general rules here hold for every provider; what a provider documents about its own answers is in its file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

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
    BAD_REQUEST = (
        "bad_request"  # the tenant's fields do not make a request (control characters in a header …)
    )


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

_TROUBLES: Final = MappingProxyType(
    {
        Trouble.RESOLVE: Verdict(Reason.UNREACHABLE, "the provider's name could not be resolved"),
        Trouble.CONNECT: Verdict(Reason.UNREACHABLE, "the provider did not accept a connection"),
        Trouble.TLS: Verdict(Reason.UNREACHABLE, "no trusted TLS connection to the provider"),
        Trouble.TIMEOUT: Verdict(Reason.UNREACHABLE, "the provider did not answer in time"),
        Trouble.RESET: Verdict(Reason.UNREACHABLE, "the provider broke the connection off"),
        Trouble.MALFORMED: Verdict(Reason.PROVIDER_ERROR, "the provider's answer is not valid HTTP"),
        Trouble.TOO_LARGE: Verdict(Reason.PROVIDER_ERROR, "the provider's answer is larger than allowed"),
        Trouble.FORBIDDEN_ADDRESS: Verdict(
            Reason.BLOCKED, "the provider's name leads to a private address; probe.allow_private forbids it"
        ),
        Trouble.BAD_REQUEST: Verdict(
            Reason.CORRUPT, "a stored field cannot be sent in a request; save it again"
        ),
    }
)


def of_failure(failure: Failure) -> Verdict:
    """The outcome of an exchange that brought no reply; the same for every provider."""
    return _TROUBLES[failure.trouble]
