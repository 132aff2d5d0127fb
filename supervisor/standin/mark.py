"""What a credential asks for: the mark in it, found wherever a provider's protocol carries the credential."""

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Final

from supervisor.standin.message import Request

SLOW_S: Final = 0.25  # what `slow` waits when its mark names no time

_MARK: Final = re.compile(r"demo-([a-z]+)(?:-(\d{1,6})ms)?(?:-([A-Za-z0-9.]+))?")


@dataclass(frozen=True, slots=True)
class Mark:
    """`text` is the whole mark, what the ledger counts by; `delay_s` is waited before the answer."""

    text: str
    word: str
    delay_s: float = 0.0


UNMARKED: Final = Mark("-", "revoked")
"""A credential that asks for nothing is one that nobody knows."""

GOOD: Final = Mark("-", "good")


def read(request: Request) -> Mark:
    """The mark of the request's credential: in body, else query, else headers; the last in each."""
    authorization = request.headers.get("authorization", "")
    if authorization[:6].lower() == "basic ":
        authorization = _plain(authorization[6:])
    places = (request.body.decode("latin-1"), request.query, authorization, *request.headers.values())
    for place in places:
        if "demo-" in place and (found := list(_MARK.finditer(place))):
            return _mark(found[-1])
    return UNMARKED


def of_client(request: Request) -> Mark:
    """The mark in Basic credentials alone, where client and grant are judged apart; unmarked is good."""
    found = _MARK.search(_plain(request.headers.get("authorization", "")[6:]))
    return _mark(found) if found else GOOD


def _mark(found: re.Match[str]) -> Mark:
    word, milliseconds = found[1], found[2]
    delay_s = int(milliseconds) / 1000 if milliseconds else SLOW_S if word == "slow" else 0.0
    return Mark(found[0], word, delay_s)


def _plain(encoded: str) -> str:
    try:
        return b64decode(encoded, validate=True).decode("latin-1")
    except binascii.Error:
        return ""
