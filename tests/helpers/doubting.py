"""A doubt with its effects as lists, and a time that is moved by hand."""

from supervisor.assess import Found
from supervisor.incidents import Book
from supervisor.schedule import Claim
from supervisor.service.doubt import Doubt, Effects, Policy

POLICY = Policy()
LATEST = POLICY.again_after + POLICY.spread


class Room:
    """A doubt with its effects as lists;"""

    def __init__(self):
        self.now = 1000.0
        self.kept, self.asked, self.told, self.pulled = [], [], [], []
        self.book = Book()
        self.doubt = Doubt(self.book, Effects(self._keep, self.asked.append, self.told.append, self._pull))

    def _keep(self, claim, found):
        self.kept.append((claim, found))

    def _pull(self, apis, claim):
        self.pulled.append((apis, claim.check))

    def weigh(self, claim, reason, message="no answer", **facts):
        self.doubt.weigh(claim, Found(reason, message, **({"latency_ms": 100} | facts)), self.now)

    def wait(self, seconds, step=0.25):
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + step)
            self.doubt.turn(self.now)

    @property
    def reasons(self):
        return [(claim.check, found.reason) for claim, found in self.kept]


def claim(check, api="ebay", previous="ok", user=None, **facts):
    return Claim(check, check + 100, user or check, api, "production", "", 0.0, previous=previous, **facts)
