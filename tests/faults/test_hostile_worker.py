"""What a worker may say, in which state, how often: every row of docs/explanation/hostile-worker.md.

A real `Worker` with its desk, lives and wire; behind it a puppet that says what it likes.
"""

import pytest

from supervisor.blame import Judgement
from supervisor.schedule import Claim
from tests.helpers.puppets import BUILD, Theatre
from workers import wire
from workers.wire import Answer, Answers, Phase, Reason, encode


@pytest.fixture
def theatre(tmp_path):
    made = Theatre(tmp_path)
    yield made
    made.close()


def answer(given_job: wire.Job, check: int | None = None, **changes) -> Answer:
    given = {"job": given_job.job, "check": check or given_job.checks[0].check, "attempt": 1, "reason": Reason.OK}
    return Answer(**(given | {"latency_ms": 5, "message": "fine"} | changes))


def is_killed_and_nobody_struck(theatre, who, settled=()):
    """One death, by judgement "protocol"; what was held is handed out again without a strike."""
    assert who.killed
    held = {claim.check for flight in theatre.desk.in_flight.values() for claim in flight.pending.values()}
    theatre.bury()
    (died,) = theatre.died
    assert (died.judgement, died.generation) == (Judgement.PROTOCOL, who.generation)
    assert [claim.check for claim in theatre.settled] == list(settled)
    assert {claim.check for claim in theatre.desk.held()} == held
    assert all(claim.strikes == 0 for claim in theatre.desk.held())


# --- hello: once, before everything -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [{"version": wire.VERSION + 1}, {"generation": 77}, {"pid": 1}, {"build": "x" * 16}, {"build": ""}],
    ids=["version", "generation", "pid", "a build that is none", "no build"],
)
def test_a_hello_that_is_not_its_own(theatre, change):
    who = theatre.active
    theatre.say(theatre.hello(who, **change))
    is_killed_and_nobody_struck(theatre, who)


def test_a_second_hello(theatre):
    who = theatre.get_ready()
    theatre.say(theatre.hello(who))
    is_killed_and_nobody_struck(theatre, who)


def test_a_spare_that_passes_for_another_program_and_would_lift_quarantines(theatre):
    theatre.get_ready()
    spare = theatre.get_spare()
    theatre.say(theatre.hello(spare, build="f" * 16), who=spare)
    is_killed_and_nobody_struck(theatre, spare)
    assert theatre.worker.build == BUILD


# --- ready: once, after the setup -------------------------------------------------------------------------------------


def test_ready_before_its_hello(theatre):
    theatre.say(wire.Ready(1))
    is_killed_and_nobody_struck(theatre, theatre.active)


def test_ready_twice(theatre):
    theatre.get_ready()
    theatre.say(wire.Ready(1))
    is_killed_and_nobody_struck(theatre, theatre.active)


def test_ready_of_another_generation(theatre):
    theatre.say(theatre.hello(theatre.active))
    theatre.say(wire.Ready(2))
    is_killed_and_nobody_struck(theatre, theatre.active)


# --- answers: each once, for what it was given ------------------------------------------------------------------------


def test_an_answer_for_what_it_was_given_is_taken(theatre):
    who = theatre.get_ready()
    job = theatre.give(11)
    theatre.say(Answers(1, (answer(job),)))
    assert [claim.check for claim in theatre.settled] == [11]
    assert not who.killed


def test_answers_before_it_is_ready(theatre):
    theatre.say(theatre.hello(theatre.active))
    theatre.say(Answers(1, (Answer(1, 1, 1, Reason.OK, None, ""),)))
    is_killed_and_nobody_struck(theatre, theatre.active)


def test_answers_of_the_spare_which_has_no_work(theatre):
    theatre.get_ready()
    spare = theatre.get_ready(theatre.get_spare())
    job = theatre.give(11)
    theatre.say(Answers(spare.generation, (answer(job),)), who=spare)
    assert theatre.desk.in_flight[job.job].pending
    assert spare.killed
    theatre.bury()
    assert [died.judgement for died in theatre.died] == [Judgement.PROTOCOL]
    assert theatre.settled == []


FORGED = {
    "a check it was not given": {"check": 99},
    "a job it was not given": {"job": 99},
    "an attempt of before": {"attempt": 2},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_an_answer_for(theatre, change):
    who = theatre.get_ready()
    job = theatre.give(11)
    forged = {"check": job.checks[0].check} | change
    theatre.say(Answers(1, (answer(job, **forged),)))
    is_killed_and_nobody_struck(theatre, who)


def test_an_answer_for_a_check_of_another_tenants_job(theatre):
    who = theatre.get_ready()
    mine = theatre.give(11, user=1)
    theirs = theatre.give(22, user=2)
    theatre.say(Answers(1, (answer(mine, theirs.checks[0].check),)))
    is_killed_and_nobody_struck(theatre, who)


def test_answers_in_the_name_of_another_generation(theatre):
    who = theatre.get_ready()
    job = theatre.give(11)
    theatre.say(Answers(2, (answer(job),)))
    is_killed_and_nobody_struck(theatre, who)


def test_the_same_answer_twice(theatre):
    who = theatre.get_ready()
    job = theatre.give(11, 12)
    theatre.say(Answers(1, (answer(job), answer(job))))
    is_killed_and_nobody_struck(theatre, who, settled=[11])


def test_what_stands_behind_a_forged_answer_is_not_taken_either(theatre):
    who = theatre.get_ready()
    job = theatre.give(11, 12)
    theatre.say(Answers(1, (answer(job, 99), answer(job))))
    theatre.say(Answers(1, (answer(job, 12),)))
    is_killed_and_nobody_struck(theatre, who)


def test_nothing_in_the_page_of_one_that_broke_the_contract_is_believed(theatre):
    who = theatre.get_ready()
    job = theatre.give(11)
    pen = who.page.pen(0)
    pen.begin(job.job, 11, 1.0, 0)
    pen.stamp(Phase.PROBE)
    pen.finish(0, encode(answer(job)))
    who.say(b"Timeout (0:00:30)!\nFatal Python error: Segmentation fault\n  in place_00\n")
    theatre.now += 29.5
    theatre.say(None, complaint="no message")
    is_killed_and_nobody_struck(theatre, who)


def test_the_words_of_a_dead_generation_change_nothing(theatre):
    who = theatre.get_ready()
    job = theatre.give(11)
    who.kill()
    theatre.bury()
    theatre.say(Answers(1, (answer(job),)), who=who)
    assert theatre.settled == []


def test_what_it_held_runs_again_behind_what_waits(theatre):
    theatre.get_ready()
    theatre.give(11, user=1)
    theatre.desk.put([Claim(check, 1, check, "openai", "production", "x", 0.0) for check in (22, 33)], probe=True)
    theatre.say(None, complaint="no message")
    theatre.bury()
    assert [job.checks[0].check for job in theatre.desk.take(9, theatre.now)] == [22, 33, 11]


# --- frames that are none ---------------------------------------------------------------------------------------------


def test_a_frame_that_is_no_message(theatre):
    theatre.get_ready()
    theatre.say(None, complaint="2 frames instead of one")
    is_killed_and_nobody_struck(theatre, theatre.active)


def test_a_thousand_complaints_are_one_death(theatre):
    who = theatre.get_ready()
    for _ in range(1000):
        theatre.say(None, complaint="no message")
    is_killed_and_nobody_struck(theatre, who)
