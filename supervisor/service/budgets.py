"""The supervisor's copy of the request budgets: each worker is given it, answers keep it current.

Plain bookkeeping: no clock, no database, no socket.
"""

from collections.abc import Iterable
from typing import Final

from workers.wire import MAX_BUDGETS, Spent

_ROUNDED_S: Final = 0.001  # what comes back from the database is what we have stored, to the microsecond


class Budgets:
    """At most `MAX_BUDGETS`; beyond that those that were drawn on longest ago are forgotten."""

    def __init__(self) -> None:
        self._known: dict[str, Spent] = {}
        self._unsaved: dict[str, Spent] = {}

    @property
    def all_saved(self) -> bool:
        """Whether nothing is noted that is not given to be stored."""
        return not self._unsaved

    def load(self, saved: Iterable[Spent]) -> list[Spent]:
        """Take over what a predecessor, or a `check` beside us, has stored, the newest first; what of it is news."""
        news = []
        for spent in reversed(list(saved)):
            old = self._known.get(spent.key)
            new = self._put(spent)
            if old is None or new.at > old.at + _ROUNDED_S or new.until > old.until + _ROUNDED_S:
                news.append(new)
        return news

    def note(self, spent: Iterable[Spent]) -> None:
        """What an answer says of the budgets it drew on."""
        for one in spent:
            self._unsaved[one.key] = self._put(one)

    def all(self) -> tuple[Spent, ...]:
        """What a worker is told before its first job."""
        return tuple(self._known.values())

    def take_unsaved(self) -> list[Spent]:
        """What is to be stored; it is not given again."""
        unsaved, self._unsaved = self._unsaved, {}
        return list(unsaved.values())

    def _put(self, spent: Spent) -> Spent:
        """Of two states of a budget the newer counts, of two waits the longer."""
        old = self._known.pop(spent.key, spent)
        newer = spent if old.at <= spent.at else old
        merged = Spent(spent.key, newer.tokens, newer.at, max(old.until, spent.until))
        self._known[spent.key] = merged
        while len(self._known) > MAX_BUDGETS:
            del self._known[next(iter(self._known))]
        return merged
