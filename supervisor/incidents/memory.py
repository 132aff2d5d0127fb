"""What a book of incidents remembers: a bounded sliding window by provider and tenant, and the present silence."""

from typing import Final

from supervisor.incidents.words import Heard, Policy, Sign

_CHECKS_OF_A_TENANT: Final = 16  # of one provider, that are remembered


class Silence:
    """The failures since anybody last answered, by provider: the first and the last of each."""

    def __init__(self) -> None:
        self.apis: dict[str, tuple[float, float]] = {}
        self.users: set[int] = set()

    @property
    def since(self) -> float:
        return min(first for first, _ in self.apis.values())

    def add(self, heard: Heard, since: float) -> None:
        first, last = self.apis.get(heard.api, (since, heard.at))
        self.apis[heard.api] = (min(first, since), max(last, heard.at))
        self.users.add(heard.user)

    def end(self, at: float) -> None:
        """Somebody answered."""
        self.apis = {api: (last, last) for api, (_, last) in self.apis.items() if last > at}
        if not self.apis:
            self.users.clear()


class Tenants:
    """What the newest tenants of a provider came to; a tenant fails when all that is heard of it does."""

    def __init__(self) -> None:
        self.heard_at = -1.0
        self._newest: dict[Sign, float] = {}
        self._users: dict[int, dict[int, Heard]] = {}

    def hear(self, heard: Heard, policy: Policy) -> None:
        self.heard_at = max(self.heard_at, heard.at)
        self._newest[heard.sign] = max(heard.at, self._newest.get(heard.sign, heard.at))
        own = self._users.setdefault(heard.user, {})
        before = own.get(heard.check)
        if before is None or before.at <= heard.at:
            own.pop(heard.check, None)
            own[heard.check] = heard
        if len(own) > _CHECKS_OF_A_TENANT:
            del own[next(iter(own))]
        if len(self._users) > policy.sample:
            del self._users[min(self._users, key=self._asked_at)]

    def _asked_at(self, user: int) -> float:
        """When a tenant was asked last. A second look comes late: it must not push out those asked meanwhile."""
        return max(heard.asked_at for heard in self._users[user].values())

    def failing(self, alike: frozenset[Sign], after: float) -> tuple[list[Heard], int]:
        """The newest of each tenant that fails so, and of how many tenants; nothing is older than `after`."""
        failing, of_all = [], 0
        for own in self._users.values():
            recent = [heard for heard in own.values() if heard.at >= after]
            of_all += bool(recent)
            if recent and all(heard.sign in alike for heard in recent):
                failing.append(max(recent, key=lambda heard: heard.at))
        return failing, of_all

    def other_than(self, alike: frozenset[Sign]) -> float:
        """When anything else was last heard."""
        return max((at for sign, at in self._newest.items() if sign not in alike), default=-1.0)
