"""A check was answered and its place is still there when the worker ends: the page tells who had begun alone by then.

The worker, its page and its wire are real; the seconds are the test's own.
"""

import pytest

from supervisor.blame import Judgement
from supervisor.lifecycle import State
from supervisor.schedule import Claim
from supervisor.service import conduct, death
from supervisor.service.desk import Desk
from supervisor.service.hand import Hand
from tests.helpers.witness import key_of, witness
from tests.helpers.worker import BOUND, bench, seal
from workers import wire

LURKS = "sk-witnessed-fault-block-sent-1"
OTHER, SUSPECT = key_of(2), key_of(9)
ANSWERED_AT = 100.0


def claim(check: int, key: str) -> Claim:
    return Claim(check, 1, check, "openai", "production", seal("openai", {"apiKey": key}), 0.0)


def hear(worker, desk, hand, count: int) -> None:
    """So many answers, all at one moment."""
    for message in worker.messages():
        for answer in message.answers:
            assert desk.in_flight.answered(answer, ANSWERED_AT) is not None
            hand.completed_at = ANSWERED_AT
            count -= 1
        if not count:
            return


@pytest.mark.parametrize(("after", "strikes"), [(0.05, 0), (0.2, 1)])
def test_who_had_begun_alone_is_struck_only_when_the_last_answer_is_long_ago(tmp_path, after, strikes):
    with witness() as seen, bench(tmp_path, seen.base_url, program="workers.faults") as worker:
        worker.set_up()
        desk, hand = Desk(30.0), Hand(worker.child, 0.0)
        seen.hold(LURKS)
        desk.put([claim(1, LURKS), claim(2, OTHER)], probe=True)
        worker.channel.send(worker.child.identity, wire.Jobs(tuple(desk.take(2, 0.0))))
        hear(worker, desk, hand, 1)  # the other's: both places are open
        seen.release(LURKS)
        hear(worker, desk, hand, 1)
        seen.hold(SUSPECT)
        desk.put_alone(claim(9, SUSPECT), probe=True)
        worker.channel.send(worker.child.identity, wire.Jobs(tuple(desk.take(2, ANSWERED_AT))))
        seen.wait(SUSPECT)
        worker.child.kill()
        case = death.Case(hand, worker.child.reap(within=BOUND), State.UP, 1.0, desk.in_flight)
        settled, judged = conduct.inquest(case, lambda *_: None, ANSWERED_AT + after)
        assert (settled, judged.judgement, [work.check for work in judged.suspects]) == (0, Judgement.UNEXPLAINED, [9])
        death.share_out(case, judged, desk, lambda *_: None, 2, ANSWERED_AT + after)
        assert [(held.check, held.strikes) for held in desk.held()] == [(9, strikes)]
