"""A worker ends without a word of who did it, while somebody runs alone: had another been completed just before?

A real `Worker` with its desk, lives and wire; behind it a puppet that dies when the test says so.
"""

import pytest

from supervisor.blame import Judgement
from supervisor.schedule import Claim
from tests.helpers.puppets import Theatre
from workers.wire import Answer, Answers, Job, Phase, Reason

SUSPECT = 9
AT_ONCE_S = 0.05
LONG_S = 0.2


@pytest.fixture
def theatre(tmp_path):
    made = Theatre(tmp_path)
    made.desk.put_alone(claim(SUSPECT), probe=True)
    yield made
    made.close()


def claim(check: int) -> Claim:
    return Claim(check, 1, check, "openai", "production", "x", 0.0)


def be_ready(theatre) -> None:
    """The next worker, however long its start had to wait."""
    theatre.now += 60.0
    theatre.worker.tick(theatre.now)
    theatre.get_ready()


def fine(job: Job) -> Answer:
    return Answer(job.job, job.checks[0].check, 1, Reason.OK, 5, "fine")


def complete(theatre, check: int) -> None:
    """The worker at work takes in another check and answers it; the suspect waits."""
    job = theatre.give(check, user=check)
    theatre.say(Answers(theatre.active.generation, (fine(job),)))


def run_alone(theatre) -> Job:
    """The suspect is at work, with nothing beside it."""
    theatre.worker.send(1, theatre.now)
    ((number, flight),) = theatre.desk.in_flight.items()
    assert flight.parcel.alone
    pen = theatre.active.page.pen(0)
    pen.begin(number, flight.parcel.job.checks[0].check, theatre.now, 0)
    pen.stamp(Phase.PROBE)
    return flight.parcel.job


def die(theatre, after: float) -> None:
    theatre.now += after
    theatre.active.kill()
    theatre.bury()
    assert theatre.died[-1].judgement == Judgement.UNEXPLAINED


def strikes(theatre) -> dict[int, int]:
    return {claim.check: claim.strikes for claim in theatre.desk.held()}


def test_who_runs_alone_is_struck_when_nothing_had_been_completed(theatre):
    be_ready(theatre)
    run_alone(theatre)
    die(theatre, 0.0)
    assert strikes(theatre) == {SUSPECT: 1}


def test_who_runs_alone_is_struck_when_something_had_been_completed_long_before(theatre):
    be_ready(theatre)
    complete(theatre, 1)
    run_alone(theatre)
    die(theatre, LONG_S)
    assert strikes(theatre) == {SUSPECT: 1}


def test_who_runs_alone_is_not_struck_right_after_another_was_answered_and_runs_alone_again(theatre):
    be_ready(theatre)
    complete(theatre, 1)
    run_alone(theatre)
    die(theatre, AT_ONCE_S)
    assert strikes(theatre) == {SUSPECT: 0}
    be_ready(theatre)
    job = run_alone(theatre)
    theatre.say(Answers(theatre.active.generation, (fine(job),)))
    assert theatre.settled[-1].check == SUSPECT
    assert theatre.desk.empty


def test_the_next_worker_had_completed_nothing(theatre):
    be_ready(theatre)
    complete(theatre, 1)
    theatre.active.kill()
    theatre.bury()
    theatre.worker.tick(theatre.now)
    theatre.get_ready()
    run_alone(theatre)
    die(theatre, 0.0)
    assert strikes(theatre) == {SUSPECT: 1}


def test_a_check_that_always_ends_the_worker_silently_is_held_back_in_the_end(theatre):
    """Three others complete before it, each a moment before it dies: then there is nobody left."""
    others = iter((1, 2, 3))
    deaths = 0
    while not theatre.desk.empty:
        be_ready(theatre)
        if (other := next(others, None)) is not None:
            complete(theatre, other)
        run_alone(theatre)
        die(theatre, AT_ONCE_S)
        deaths += 1
    assert deaths == 3 + 2
    assert [(claim.check, claim.strikes) for claim in theatre.settled[-1:]] == [(SUSPECT, 2)]
