"""Between an answer and its storing: what may be a blip is asked again, what may be ours waits for a second opinion.

A check that fails to reach its provider, or meets that provider's own trouble, and did not do so before, is asked once
more a few seconds later; what it says then counts. Documented refusals are stored as they come. An answer that belongs
to an open incident is stored at once, with that incident's meaning.

Used by the loop's thread; no clock, no database: `now` is monotonic seconds. Leases of what waits here are renewed with
all others. At a stop everything in doubt is given back: to store half an observation would be to store the blip, and
whoever starts next takes the check up at once, as it is still due.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from supervisor import schedule
from supervisor.assess import Found
from supervisor.incidents import DOWN, NO_WAY, Book, Change, Heard, Kind, Sign, sign
from supervisor.schedule import Claim
from workers.wire import MAX_MESSAGE_CHARS, Reason

_ALREADY: Final = frozenset({Reason.UNREACHABLE.value, Reason.PROVIDER_ERROR.value})
NO_EGRESS: Final = (
    "this host reaches no provider; look at its network and name servers: the verdict waits until it does"
)
DEGRADED: Final = "degraded by provider: "


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds, but for `most` and `opinions`."""

    again_after: float = 5.0  # long enough for a restart of a provider's node, short enough for one pass
    spread: float = 5.0  # on top, by the check's id: a herd of failures does not come back as one
    opinion_after: float = 1.0  # a busy installation hears of another provider by itself
    opinions: int = 2  # providers asked at once
    hold: float = 20.0  # for an opinion, beyond the second answer: the time one check may take on the network
    most: int = 500  # in doubt; beyond that nothing new is taken in


WATCHED: Final = Policy(again_after=1.0, spread=1.0)
"""Of a pass that somebody waits for: a connection that broke off is past by then."""


@dataclass(frozen=True, slots=True)
class _Doubted:
    """A claim with its answer, which came at `since`; `at`: when it is asked again, or stored as it is."""

    claim: Claim
    found: Found
    sign: Sign
    since: float
    at: float


@dataclass(frozen=True, slots=True)
class Effects:
    """What the doubt has done: store, ask a claim again soon, tell of an incident, ask other providers."""

    keep: Callable[[Claim, Found], None]
    ask: Callable[[Claim], None]
    tell: Callable[[Change], None]
    pull: Callable[[tuple[str, ...], Claim], None]


class Doubt:
    def __init__(self, book: Book, effects: Effects, policy: Policy | None = None) -> None:
        self.book = book
        self.policy = policy or Policy()
        self._do = effects
        self._waiting: dict[int, _Doubted] = {}
        self._asked: dict[int, _Doubted] = {}
        self._held: dict[int, _Doubted] = {}
        self._opinions: set[int] = set()
        self._tried: set[str] = set()
        self._pulling = False
        self._seen: set[tuple[str | None, Kind]] = set()

    # --- what the loop calls -----------------------------------------------------------------------------------------

    def weigh(self, claim: Claim, found: Found, now: float) -> None:
        """Take an answer: it is kept now, or later, or the check is asked again."""
        first = self._asked.pop(claim.check, None)
        opinion = claim.check in self._opinions
        self._opinions.discard(claim.check)
        if first is not None and found.waiting:  # the budget has no second question: the first answer counts
            found = first.found
        asked = found.latency_ms is not None
        said = None if found.waiting else sign(found.reason, asked=asked, message=found.message)
        if said is None:
            if opinion and found.reason is Reason.VALID_UNPROBED:
                self.book.mute(claim.api)
            self._do.keep(claim, found)
            return
        since = first.since if first is not None and said in DOWN else now
        blip = first is None and self._may_be_a_blip(claim, found, said)
        self._hear(claim, said, now, since, confirmed=not blip)
        self._judge(now)
        if blip and self.book.covering(claim.api, said) is None:
            self._waiting[claim.check] = _Doubted(claim, found, said, now, self._again_at(claim, now))
        else:
            if blip:
                self._hear(claim, said, now, since, confirmed=True)
            self._decide(_Doubted(claim, found, said, now, now + self.policy.hold), now)

    def turn(self, now: float) -> None:
        """Do what is due."""
        self._judge(now)
        for one in [one for one in self._waiting.values() if one.at <= now]:
            self._asked[one.claim.check] = self._waiting.pop(one.claim.check)
            self._do.ask(one.claim)
        self._settle_held(now)
        self._ask_others(now)

    def conclude(self, now: float, *, whole: bool) -> None:
        """The process ends: what recovers is over. `whole`: nothing was left out of the pass."""
        for change in self.book.conclude(now, whole=whole):
            self._do.tell(change)

    def came(self, claims: Iterable[Claim]) -> None:
        """The checks that were pulled forward; none where there was none to take."""
        self._pulling = False
        self._opinions.update(claim.check for claim in claims)

    def give_up(self) -> list[Claim]:
        """Take out what is in doubt, to be given back."""
        claims = [one.claim for one in (*self._waiting.values(), *self._held.values())]
        self._waiting.clear()
        self._held.clear()
        return claims

    def claims(self) -> Iterator[Claim]:
        """The leases behind what is here; what is asked again is on the desk."""
        for one in (*self._waiting.values(), *self._held.values()):
            yield one.claim

    @property
    def empty(self) -> bool:
        return not (self._waiting or self._held)

    @property
    def full(self) -> bool:
        return len(self._waiting) + len(self._held) >= self.policy.most

    @property
    def due_at(self) -> float | None:
        """When `turn` has something to do if nothing happens before; the loop looks each second anyway."""
        return min((one.at for one in (*self._waiting.values(), *self._held.values())), default=None)

    # --- doubt -------------------------------------------------------------------------------------------------------

    def _may_be_a_blip(self, claim: Claim, found: Found, said: Sign) -> bool:
        """A provider that says when to come again is not asked before, and means what it says."""
        return said in DOWN and _fresh(claim) and found.again_at is None and self.book.covering(claim.api, said) is None

    def _again_at(self, claim: Claim, now: float) -> float:
        return now + self.policy.again_after + schedule.phase(claim.check, self.policy.spread)

    def _hear(self, claim: Claim, said: Sign, at: float, since: float, *, confirmed: bool) -> None:
        heard = Heard(claim.check, claim.api, claim.user, said, at, since, fresh=_fresh(claim), confirmed=confirmed)
        self.book.hear(heard)

    def _decide(self, one: _Doubted, now: float) -> None:
        kind = self.book.covering(one.claim.api, one.sign)
        in_question = one.sign in NO_WAY and _fresh(one.claim)
        ours = in_question and self.book.undecided(one.claim.api, one.sign, one.since)
        if kind is None and ours and now < one.at:
            self._held[one.claim.check] = one
        else:
            self._do.keep(one.claim, meant(one.found, kind))

    def _judge(self, now: float) -> None:
        for change in self.book.judge(now):
            self._do.tell(change)
        if not (self.book.open or self._seen):
            return
        opened, self._seen = self.book.open.keys() - self._seen, set(self.book.open)
        if opened:  # by us, or taken over
            self._settle_covered(now)

    def _settle_held(self, now: float) -> None:
        for one in [self._held.pop(check) for check in list(self._held)]:
            self._decide(one, now)

    def _settle_covered(self, now: float) -> None:
        """An incident has opened: what belongs to it needs no second answer any more."""
        for one in list(self._waiting.values()):
            if self.book.covering(one.claim.api, one.sign) is not None:
                del self._waiting[one.claim.check]
                self._hear(one.claim, one.sign, now, one.since, confirmed=True)
                self._decide(one, now)

    # --- second opinions ---------------------------------------------------------------------------------------------

    def _ask_others(self, now: float) -> None:
        """While what has failed for good is held, for nobody answers: pull checks of others forward, each api once."""
        if not self._held:
            self._tried.clear()
            return
        first = min(self._held.values(), key=lambda one: one.since)
        if self._pulling or self._opinions or now - first.since < self.policy.opinion_after:
            return
        apis = tuple(api for api in self.book.to_ask() if api not in self._tried)[: self.policy.opinions]
        if apis:
            self._tried.update(apis)
            self._pulling = True
            self._do.pull(apis, first.claim)


def meant(found: Found, kind: Kind | None) -> Found:
    """What an answer means while an incident of that kind is open for it."""
    match kind:
        case None:
            return found
        case Kind.EGRESS:
            return replace(found, reason=Reason.BLOCKED, message=NO_EGRESS, latency_ms=None)
        case Kind.OUTAGE | Kind.RATE_LIMIT:
            return replace(found, message=f"{DEGRADED}{found.message}"[:MAX_MESSAGE_CHARS])


def _fresh(claim: Claim) -> bool:
    return claim.previous not in _ALREADY
