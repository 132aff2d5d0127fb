"""What a book of incidents remembers: a bounded sliding window by provider and tenant, and the present silence."""

from typing import Final

from supervisor.incidents.words import Heard, Policy, Sign

_CHECKS_OF_A_TENANT: Final = 16  # of one provider, that are remembered


class Silence:
    """The failures of each provider since it, or anybody, last answered: the first, the last, and whose they were."""

    def __init__(self) -> None:
        self.apis: dict[str, tuple[float, float]] = {}
        self._users: dict[str, set[int]] = {}

    @property
    def since(self) -> float:
        return min(first for first, _ in self.apis.values())

    @property
    def users(self) -> set[int]:
        return set().union(*self._users.values())

    def began(self, api: str, otherwise: float) -> float:
        return self.apis.get(api, (otherwise, otherwise))[0]

    def add(self, heard: Heard, *, after: float) -> None:
        """It failed; what was before somebody answered is over."""
        if heard.at <= after:
            return
        since = heard.since if heard.since > after else heard.at
        first, last = self.apis.get(heard.api, (since, heard.at))
        self.apis[heard.api] = (min(first, since), max(last, heard.at))
        self._users.setdefault(heard.api, set()).add(heard.user)

    def newer_than(self, at: float) -> "Silence":
        """Without those that last failed before."""
        newer = Silence()
        newer.apis = {api: times for api, times in self.apis.items() if times[1] >= at}
        newer._users = {api: self._users[api] for api in newer.apis}
        return newer

    def end(self, at: float) -> None:
        """Somebody answered."""
        for api in list(self.apis):
            self.end_of(api, at)

    def end_of(self, api: str, at: float) -> None:
        """That one answered."""
        _, last = self.apis.pop(api, (at, at))
        if last > at:
            self.apis[api] = (last, last)
        else:
            self._users.pop(api, None)


class Tenants:
    """What the newest tenants of a provider came to; a tenant fails when all that is heard of it does."""

    def __init__(self) -> None:
        self.heard_at = -1.0
        self._newest: dict[Sign, float] = {}
        self._users: dict[int, dict[int, Heard]] = {}
        self._asked_at: dict[int, float] = {}  # the last time; a second look comes late, and must push nobody out

    def hear(self, heard: Heard, policy: Policy) -> None:
        self.heard_at = max(self.heard_at, heard.at)
        self._newest[heard.sign] = max(heard.at, self._newest.get(heard.sign, heard.at))
        own = self._users.setdefault(heard.user, {})
        before = own.pop(heard.check, heard)
        own[heard.check] = heard if before.at <= heard.at else before
        if len(own) > _CHECKS_OF_A_TENANT:
            del own[next(iter(own))]
        self._asked_at[heard.user] = max(heard.asked_at, self._asked_at.get(heard.user, heard.asked_at))
        if len(self._users) > policy.sample:
            longest_ago = min(self._asked_at, key=self._asked_at.__getitem__)
            del self._users[longest_ago], self._asked_at[longest_ago]

    def failing(self, alike: frozenset[Sign], after: float) -> tuple[list[Heard], int]:
        """The newest of each tenant that fails so, and of how many tenants; nothing is older than `after`."""
        failing, of_all = [], 0
        for own in self._users.values():
            recent = [heard for heard in own.values() if heard.at >= after]
            of_all += bool(recent)
            if recent and all(heard.sign in alike for heard in recent):
                failing.append(max(recent, key=lambda heard: heard.at))
        return failing, of_all

    def forget(self, alike: frozenset[Sign]) -> None:
        """What was heard of that sort is no evidence any more."""
        for user, own in list(self._users.items()):
            left = {check: heard for check, heard in own.items() if heard.sign not in alike}
            self._users[user] = left
            if not left:
                del self._users[user], self._asked_at[user]

    def other_than(self, alike: frozenset[Sign]) -> float:
        """When anything else was last heard."""
        return max((at for sign, at in self._newest.items() if sign not in alike), default=-1.0)
