"""The world of a simulated day: tenants with their keys, what befalls them, and what their providers answer.

The conversations are the providers' own, and the answers the stand-in's; only the line between them is played.
"""

import random
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from supervisor.assess import Found, Status, trust
from supervisor.forecast import DAYS
from supervisor.incidents import Kind
from supervisor.schedule import Claim
from supervisor.standin.answers import answer
from supervisor.standin.mark import read
from supervisor.standin.message import Request as Heard
from workers import providers
from workers.provider import Context, Request
from workers.secret import Secret
from workers.verdict import Answered, Failure, Reply, Trouble, Verdict
from workers.words import Reason

MARKED = {  # the field that carries the mark, and what stands beside it
    "ebay": ("token", {"refreshToken": "demo-good", "appId": "app", "certId": "cert", "devId": "dev"}),
    "groq": ("apiKey", {}),
    "openai": ("apiKey", {}),
    "paypal": ("clientSecret", {"clientId": "client", "environment": "live"}),
    "stripe": ("secretKey", {}),
    "zenrows": ("apiKey", {}),
}
BEGAN = 1_800_000_000.0
_REFRESH_TOKEN_S = 47_304_000.0  # of eBay's, 18 months
DAY_S = 86_400.0
_BLIPS = 0.002  # of all answers
_BLIP_S = 4.0
_CALM_S = 60.0  # between two of one credential: what goes wrong twice in a row is no blip
_REVOKED = 10
_DEAD = 3
_LASTS_S = {"egress": 5.0, "stripe": 15.0}  # until a connection that leads nowhere is given up

_OUTAGE = {Reason.PROVIDER_ERROR, Reason.UNREACHABLE}


@dataclass(frozen=True)
class Hardship:
    """From and until, as parts of the day."""

    begins: float
    ends: float
    api: str | None
    kind: Kind
    reasons: frozenset[Reason]


HARDSHIPS = (
    Hardship(0.10, 0.19, "ebay", Kind.OUTAGE, frozenset(_OUTAGE)),
    Hardship(0.15, 0.24, "stripe", Kind.OUTAGE, frozenset(_OUTAGE)),
    Hardship(0.45, 0.50, None, Kind.EGRESS, frozenset({Reason.BLOCKED})),
    Hardship(0.60, 0.67, "groq", Kind.RATE_LIMIT, frozenset({Reason.RATE_LIMITED})),
)


@dataclass
class Check:
    """One credential, what is true of it, and what was stored about it."""

    number: int
    user: int
    api: str
    saved_at: float
    revoked_at: float = float("inf")
    dead: bool = False  # its own host is gone, all day
    blip_until: float = -1.0
    previous: str | None = None
    recent: list[Status] = field(default_factory=list)
    lowest: float = 100.0
    expires_at: float | None = None
    warned: int | None = None
    asked_at: float = 0.0
    due_at: float = 0.0
    in_hand: bool = False

    @property
    def revoked(self) -> bool:
        """At some time of the day."""
        return self.revoked_at < float("inf")

    @property
    def sound(self) -> bool:
        """Nothing is wrong with it all day."""
        return not self.revoked and not self.dead

    @property
    def trust(self) -> float:
        return trust(self.recent)

    def claim(self) -> Claim:
        return Claim(
            self.number, 1, self.user, self.api, "production", "", 0.0, previous=self.previous, saved_at=self.saved_at
        )


class World:
    """Seeded: the same day again."""

    def __init__(self, tenants: int, length_s: float, seed: int) -> None:
        self.length_s = length_s
        self.random = random.Random(seed)
        pairs = [(user, api) for user in range(1, tenants + 1) for api in MARKED]
        self.checks = {
            number: Check(number, user, api, BEGAN - 30 * DAY_S) for number, (user, api) in enumerate(pairs, start=1)
        }
        for check in self._some(_REVOKED, "groq", "openai", "paypal", "zenrows"):
            check.revoked_at = self.random.uniform(0.05, 0.9) * length_s
        for check in self._some(_DEAD, "openai", "paypal", "zenrows"):
            check.dead = True
        told = (None, *DAYS)
        for check, days, before in zip(self._some(len(DAYS), "ebay"), DAYS, told, strict=False):
            end = BEGAN + self.random.uniform(0.3, 0.4) * length_s + days * DAY_S
            check.saved_at, check.expires_at, check.warned = end - _REFRESH_TOKEN_S, end, before

    def _some(self, count: int, *apis: str) -> list["Check"]:
        return self.random.sample([one for one in self.checks.values() if one.api in apis and one.sound], count)

    def ask(self, check: Check, now: float) -> tuple[Found, float]:
        """What the check comes to when it is asked now, and after how many seconds."""
        check.asked_at = now
        if now > check.blip_until + _CALM_S and self.random.random() < _BLIPS:
            check.blip_until = now + _BLIP_S
        failure, word, delay = self._line(check, now)
        return self._converse(check, failure, word, now), delay

    def truth(self, check: Check) -> set[Reason]:
        """What may be said of the last answer, by who knows the day.

        A check that was down already is asked once: an answer that goes wrong then changes nothing until its next slot.
        """
        hardship = self.hardship(check.api, check.asked_at)
        if hardship is not None:
            return set(hardship.reasons)
        if check.dead:
            return {Reason.UNREACHABLE}
        if check.previous in _OUTAGE and check.asked_at <= check.blip_until:
            return set(_OUTAGE)
        return {Reason.INVALID_CREDENTIAL if check.asked_at >= check.revoked_at else Reason.OK}

    def hardship(self, api: str, now: float) -> Hardship | None:
        part = now / self.length_s
        return next((one for one in HARDSHIPS if one.api in (None, api) and one.begins <= part < one.ends), None)

    def _line(self, check: Check, now: float) -> tuple[Failure | None, str, float]:
        """What the line does, what the provider would say, and how long it takes."""
        hardship = self.hardship(check.api, now)
        quick = self.random.uniform(0.05, 0.4)
        if hardship is not None and hardship.kind is Kind.EGRESS:
            return Failure(Trouble.CONNECT), "", _LASTS_S["egress"]
        if check.dead or (hardship is not None and check.api == "stripe"):
            return Failure(Trouble.TIMEOUT), "", _LASTS_S["stripe"]
        if hardship is not None:
            return None, "broken" if hardship.kind is Kind.OUTAGE else "limited", quick
        if now <= check.blip_until:
            return (Failure(Trouble.RESET), "", quick) if check.number % 2 else (None, "broken", quick)
        return None, "revoked" if now >= check.revoked_at else "good", quick

    def _converse(self, check: Check, failure: Failure | None, word: str, now: float) -> Found:
        """The provider's own conversation, with the stand-in's own answers."""
        provider = providers.find(check.api)
        assert provider is not None
        assert provider.converse is not None
        marked, beside = MARKED[check.api]
        mark = f"demo-{word or 'good'}-u{check.user}"
        stored = {**beside, marked: mark} | ({"refreshToken": mark} if "refreshToken" in beside else {})
        fields = {name: Secret(value) for name, value in stored.items()}
        context = Context("production", BEGAN + now, {}, {}, check.saved_at)
        ends = provider.expires(fields, context) if provider.expires else None
        conversation = provider.converse(fields, context)
        try:
            request = next(conversation)
            while True:
                assert isinstance(request, Request)
                request = conversation.send(failure or _answered(request))
        except StopIteration as end:
            verdict: Verdict = end.value
        return Found(
            verdict.reason, verdict.message, 100, verdict.again_at, verdict.waiting, verdict.expires_at or ends
        )


def _answered(request: Request) -> Answered:
    """The stand-in's answer, without a line."""
    headers = {name.lower(): _shown(value) for name, value in request.headers.items()}
    body = request.body.reveal().encode() if request.body else b""
    query = urlencode({name: _shown(value) for name, value in request.query.items()})
    heard = Heard(request.method, urlsplit(request.url).path, query, headers, body)
    response = answer(heard, read(heard))
    return Reply(response.status, {name.lower(): value for name, value in response.headers}, response.body)


def _shown(value: Secret | str) -> str:
    return value.reveal() if isinstance(value, Secret) else value
