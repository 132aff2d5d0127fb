"""The book: evidence goes in, and it says which incidents opened and closed."""

from collections.abc import Iterable, Mapping
from math import ceil, floor

from supervisor.incidents.memory import Silence, Tenants
from supervisor.incidents.words import ALIKE, NO_WAY, Change, Heard, Incident, Kind, Policy, Sign


class Book:
    """The latest answers by provider and tenant, bounded, and the incidents that are open."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.open: dict[tuple[str | None, Kind], Incident] = {}
        self._known: dict[str, float | None] = {}  # every provider that may be heard → when it last answered
        self._mute: set[str] = set()
        self._size: Mapping[str, int] = {}
        self._tenants: dict[str, Tenants] = {}
        self._silent = Silence()
        self._nameless = Silence()  # its name could not be looked up; a connection that is open needs none
        self._named_at = -1.0  # somebody whose name was missing has answered: names are found again
        self._answered_at = -1.0
        self._heard_at = -1.0
        self._look_at: set[str] = set()

    # --- evidence ----------------------------------------------------------------------------------------------------

    def expect(self, api: str) -> None:
        """There is a check of this provider: it may be heard."""
        if api not in self._mute:
            self._known.setdefault(api, None)

    def look_after(self, apis: Mapping[str, int]) -> None:
        """These are all providers that there is a check of, each with its number of tenants."""
        self._size = apis
        self._known = {api: self._known.get(api) for api in apis if api not in self._mute}

    def mute(self, api: str) -> None:
        """It cannot be asked, and so proves nothing."""
        if self._known.get(api) is None:
            self._known.pop(api, None)
            self._mute.add(api)

    def hear(self, heard: Heard) -> None:
        self._mute.discard(heard.api)
        self.expect(heard.api)
        self._heard_at = max(self._heard_at, heard.at)
        if heard.sign not in NO_WAY:
            self._known[heard.api] = max(heard.at, self._known[heard.api] or heard.at)
            self._answered_at = max(self._answered_at, heard.at)
            self._silent.end(heard.at)
            if self._nameless.began(heard.api, heard.at) < heard.at:
                self._named_at = max(self._named_at, heard.at)
            self._nameless.end_of(heard.api, heard.at)
        elif heard.fresh:
            self._silent.add(heard, after=self._answered_at)
            if heard.sign is Sign.UNNAMED:
                self._nameless.add(heard, after=self._known[heard.api] or -1.0)
        self._note(heard)
        if heard.confirmed and self.covering(heard.api, heard.sign) is not Kind.EGRESS:
            self._of(heard.api).hear(heard, self.policy)
            if heard.sign is not Sign.WELL:  # which opens nothing; what is open is looked at anyway
                self._look_at.add(heard.api)

    def _note(self, heard: Heard) -> None:
        """Whom the incident touches that is open."""
        kind = self.covering(heard.api, heard.sign)
        if kind is not None:
            api = None if kind is Kind.EGRESS else heard.api
            self.open[api, kind].tenants.add(heard.user)

    # --- what is known -----------------------------------------------------------------------------------------------

    def covering(self, api: str, sign: Sign | None) -> Kind | None:
        """The open incident that such an answer belongs to."""
        if not self.open or sign is Sign.WELL:
            return None
        if sign in NO_WAY and (None, Kind.EGRESS) in self.open:
            return Kind.EGRESS
        return next((kind for kind, alike in ALIKE.items() if sign in alike and (api, kind) in self.open), None)

    def undecided(self, api: str, sign: Sign, since: float) -> bool:
        """Whether nobody has answered since then although another provider might: it may yet be our own egress.

        Where it is names that are missing, an answer may come over an open connection: it takes so many other
        providers that too few are left to lack theirs.
        """
        testifying = self._testifying()
        if sign is not Sign.UNNAMED:
            return since >= self._answered_at and bool(testifying - {api})
        left = {other for other in testifying if (self._known[other] or -1.0) <= since}
        return len(left | {api}) >= self._most_of(testifying)

    def to_ask(self) -> tuple[str, ...]:
        """Providers whose word is missing to tell an outage from our own egress, the best heard first."""
        missing = self._testifying() - self._silent.apis.keys() - self._nameless.apis.keys()
        return tuple(sorted(missing, key=lambda api: (-(self._known[api] or 0.0), api)))

    def _testifying(self) -> set[str]:
        """A provider that is down as we know proves nothing more."""
        return {api for api in self._known if (api, Kind.OUTAGE) not in self.open}

    # --- judgement ---------------------------------------------------------------------------------------------------

    def judge(self, now: float) -> tuple[Change, ...]:
        """What has opened and closed by now. While our own egress is down no provider is judged."""
        if not (self.open or self._look_at or self._silent.apis or self._nameless.apis):
            return ()
        changes = list(self._judge_egress(now))
        if (None, Kind.EGRESS) not in self.open:
            looked_at, self._look_at = self._look_at, set()
            for api in sorted(looked_at | {api for api, _ in self.open if api is not None}):
                for kind in ALIKE:
                    changes += self._judge_provider(api, kind, now)
        return tuple(changes)

    def adopt(self, incident: Incident) -> None:
        """Take over what an earlier process, or another one, has opened."""
        self.open.setdefault((incident.api, incident.kind), incident)

    def drop(self, api: str | None, kind: Kind) -> Incident:
        """Another one has closed it: what was heard of it before counts no more, what else was heard does."""
        if api is None:
            self._silent, self._nameless = Silence(), Silence()
        else:
            self._of(api).forget(ALIKE[kind])
        return self.open.pop((api, kind))

    def conclude(self, now: float, *, whole: bool = True) -> tuple[Change, ...]:
        """The last judgement of a process that ends: what is recovering is over, there is no time to watch it.

        Who has not looked at the `whole` of it must have heard half of those it touches: one tenant that works again
        ends nothing that twenty suffer from.
        """
        changes = self.judge(now)
        well = [one for one in self.open.values() if one.well_since is not None]
        return (*changes, *(self._close(one) for one in well if whole or self._half_heard(one, now)))

    def _half_heard(self, incident: Incident, now: float) -> bool:
        if incident.api is None:
            return True
        _, of_all = self._of(incident.api).failing(ALIKE[incident.kind], now - self.policy.window)
        return of_all >= self.policy.close_share * min(incident.users, self.policy.sample)

    def _judge_egress(self, now: float) -> Iterable[Change]:
        incident = self.open.get((None, Kind.EGRESS))
        lately = now - self.policy.patience
        nameless = self._nameless.newer_than(lately if incident is None else min(lately, self._named_at))
        testifying = self._testifying()
        dark = self._in_vain(self._silent, testifying, self._needed(testifying), now)
        dark = dark or self._in_vain(nameless, testifying, self._most_of(testifying), now)
        if incident is None:
            if dark:
                yield self._open(Incident(None, Kind.EGRESS, now, self._silent.users | nameless.users))
        elif self._over(incident, now, well=not dark and self._answered_at > incident.opened_at, heard=self._heard_at):
            yield self._close(incident)

    def _in_vain(self, silence: Silence, testifying: set[str], needed: int, now: float) -> bool:
        """Whether so many providers were tried in vain, for so long, that it can only be us."""
        tried = silence.apis.keys() & testifying
        return len(tried) >= needed and now - silence.since >= self.policy.silence

    def _needed(self, testifying: set[str]) -> int:
        return max(2, min(self.policy.providers, len(testifying)))

    def _most_of(self, testifying: set[str]) -> int:
        """While others answer: a few providers may share a host, or a zone, that is gone by itself."""
        return max(self._needed(testifying), len(testifying) // 2 + 1)

    def _judge_provider(self, api: str, kind: Kind, now: float) -> Iterable[Change]:
        tenants, incident = self._of(api), self.open.get((api, kind))
        failing, of_all = tenants.failing(ALIKE[kind], now - self.policy.window)
        if incident is None:
            if of_all >= self._due(api) and self._many(len(failing), of_all):
                if kind is Kind.OUTAGE and self._may_be_us(api, failing, now):
                    self._look_at.add(api)  # again
                    return
                yield self._open(Incident(api, kind, now, {heard.user for heard in failing}))
        else:
            few = of_all > 0 and len(failing) <= self.policy.close_share * of_all
            well = few and tenants.other_than(ALIKE[kind]) > incident.opened_at
            if self._over(incident, now, well=well, heard=tenants.heard_at):
                yield self._close(incident)

    def _due(self, api: str) -> int:
        """How many tenants must have been heard: the first two who answer do not speak for two thousand."""
        return floor(self.policy.open_share * min(self._size.get(api, 0), self.policy.sample) + 1e-9)

    def _many(self, failing: int, of_all: int) -> bool:
        return failing >= max(self.policy.least, ceil(self.policy.open_share * of_all - 1e-9))

    def _may_be_us(self, api: str, failing: list[Heard], now: float) -> bool:
        """Whether nobody has answered since they fail, and there is still hope of a word."""
        last = max((heard for heard in failing if heard.sign in NO_WAY), key=lambda heard: heard.at, default=None)
        if last is None:
            return False
        unnamed = last.sign is Sign.UNNAMED
        began = (self._nameless if unnamed else self._silent).began(api, last.at)
        undecided = self.undecided(api, last.sign, began if unnamed else last.at)
        return undecided and now - began < self.policy.patience

    def _over(self, incident: Incident, now: float, *, well: bool, heard: float) -> bool:
        """Recovered for long enough; or nobody is asked any more, to whom it would matter."""
        if not well:
            incident.well_since = None
        elif incident.well_since is None:
            incident.well_since = now
        if incident.well_since is not None and now - incident.well_since >= self.policy.steady:
            return True
        return now - max(heard, incident.opened_at) > self.policy.window

    def _open(self, incident: Incident) -> Change:
        self.open[incident.api, incident.kind] = incident
        return Change(incident, opened=True)

    def _close(self, incident: Incident) -> Change:
        del self.open[incident.api, incident.kind]
        return Change(incident, opened=False)

    def _of(self, api: str) -> Tenants:
        return self._tenants.setdefault(api, Tenants())
