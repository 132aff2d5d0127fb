"""What a worker may say in which state: the table of docs/explanation/hostile-worker.md, row by row.

A worker talks to the whole internet and may have been taken over: it is believed in nothing that can be checked.
"""

import re
from dataclasses import dataclass
from typing import Final, assert_never

from supervisor.blame import Blame, Judgement
from supervisor.channel import Received
from supervisor.service import death
from supervisor.service.desk import Desk
from supervisor.service.flights import Flights
from supervisor.service.hand import Hand
from workers import wire

MISCONDUCT: Final = Blame(Judgement.PROTOCOL, (), (), None)
"""The death of one that broke the contract: nothing in its page or dump is believed, nobody is struck."""

_BUILD: Final = re.compile(r"[0-9a-f]{16}")


def inquest(case: death.Case, settle: death.Settle, now: float) -> tuple[int, Blame]:
    """Settle what stands in the page of an honest worker alone, and say who is to blame. How many were settled."""
    if case.hand.complaint:
        return 0, MISCONDUCT
    settled = death.settle_from_page(case.hand.child.page, case.flights, settle, now)
    return settled, death.NOBODY if case.hand.dismissed else death.judge(case, now)


def put_behind(flights: Flights, desk: Desk, now: float) -> None:
    """Queue what it held again, behind all that waits: whoever made it do this is not struck, nor served first."""
    held = [(claim, flight.parcel.probe) for flight, claim in flights.land()]
    for probe in (True, False):
        desk.put([claim for claim, its in held if its is probe], probe=probe, now=now)


@dataclass(slots=True)
class Program:
    """Which worker program a zygote forks: what the first of its workers said, before it had been given anything."""

    zygote: int | None = None
    build: str = ""

    def agrees(self, zygote: int | None, build: str) -> bool:
        """A worker cannot pass for another program: that would lift quarantines."""
        if zygote != self.zygote:
            self.zygote, self.build = zygote, build
        return build == self.build


def complaint(hand: Hand, received: Received, *, spare: bool) -> str:
    """What this message is against; empty where it is due from this worker now."""
    generation = hand.child.generation
    match received.message:
        case None:
            return received.complaint or "no message of the contract"
        case wire.Hello() as hello:
            if hand.greeted:
                return "a second hello"
            if (hello.version, hello.generation, hello.pid) != (wire.VERSION, generation, hand.child.pid):
                return "a hello of another version, generation or process"
            return "" if _BUILD.fullmatch(hello.build) else "a hello with no build"
        case wire.Ready() as ready:
            if not hand.greeted or hand.ready:
                return "ready out of turn"
            return "" if ready.generation == generation else "ready of another generation"
        case wire.Answers() as answers:
            if spare or not hand.ready:
                return "answers out of turn"
            return "" if answers.generation == generation else "answers of another generation"
        case _:
            assert_never(received.message)
