"""What a worker may say in which state: the table of docs/explanation/hostile-worker.md, row by row.

A worker talks to the whole internet and may have been taken over: it is believed in nothing that can be checked.
"""

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
            same = hello.build == hand.child.build  # another would lift quarantines
            return "" if same else "a hello of another program than its zygote's"
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
