"""A worker that is about to be dead, and its spare, which does not wait for that."""

import pytest

from supervisor.blame import Judgement
from supervisor.lifecycle import Spare
from supervisor.schedule import Claim
from tests.helpers.puppets import Theatre
from workers.wire import Budgets, Phase, Spent


@pytest.fixture
def theatre(tmp_path):
    made = Theatre(tmp_path)
    yield made
    made.close()


@pytest.fixture
def pair(theatre):
    """An active worker that has been of use, and its ready spare."""
    active = theatre.get_ready()
    theatre.answer(theatre.give(1))
    spare = theatre.get_ready(theatre.get_spare())
    theatre.settled.clear()
    return active, spare


def at_work(puppet, place, job, phase=Phase.PROBE):
    pen = puppet.page.pen(place)
    pen.begin(job.job, job.checks[0].check, 1.0, 0)
    pen.stamp(phase)


def wait(theatre, *checks):
    theatre.desk.put([Claim(check, 1, check, "openai", "production", "x", 0.0) for check in checks], probe=True)


def test_at_the_first_words_of_a_fault_the_spare_is_at_work(theatre, pair):
    active, spare = pair
    theatre.give(11)
    wait(theatre, 22)
    theatre.faults(active)
    assert theatre.active is spare
    theatre.worker.send(1, theatre.now)
    assert [flight.parcel.job.checks[0].check for flight in theatre.desk.in_flight.values()] == [22]
    assert theatre.died == []


def test_at_its_end_the_one_who_did_it_is_struck_and_the_others_go_first(theatre, pair):
    active, _ = pair
    at_work(active, 0, theatre.give(11, user=1))
    at_work(active, 1, theatre.give(12, user=2))
    wait(theatre, 33)
    theatre.faults(active)
    active.end = "SIGSEGV"
    active.kill()
    theatre.bury()
    assert [(died.judgement, died.user_id, died.phase) for died in theatre.died] == [(Judgement.CHECK, 1, "probe")]
    assert theatre.worker.restarts == 1
    assert [job.checks[0].check for job in theatre.desk.take(9, theatre.now)] == [12, 33], (
        "the culprit runs alone later"
    )


def test_who_ran_with_it_may_still_answer_and_is_not_run_again(theatre, pair):
    active, _ = pair
    theatre.give(11, user=1)
    other = theatre.give(12, user=2)
    theatre.faults(active)
    theatre.answer(other, who=active)
    active.kill()
    theatre.bury()
    assert [claim.check for claim in theatre.settled] == [12]
    assert {claim.check for claim in theatre.desk.held()} == {11}


def test_an_answer_to_what_the_other_of_the_two_has_in_hand_breaks_the_contract(theatre, pair):
    active, spare = pair
    theatre.give(11)
    theatre.faults(active)
    job = theatre.give(22, user=2)
    theatre.answer(job, who=active)
    assert active.killed
    assert not spare.killed
    theatre.bury()
    assert [died.judgement for died in theatre.died] == [Judgement.PROTOCOL]
    assert theatre.settled == []


def test_nobody_runs_alone_before_it_is_dead(theatre, pair):
    active, _ = pair
    theatre.give(11)
    theatre.desk.put_alone(Claim(44, 1, 44, "openai", "production", "x", 0.0), probe=True)
    theatre.faults(active)
    theatre.worker.send(1, theatre.now)
    assert not theatre.desk.in_flight
    active.kill()
    theatre.bury()
    theatre.worker.send(1, theatre.now)
    assert theatre.desk.in_flight


def test_the_spare_takes_over_from_one_that_is_killed_at_a_deadline(theatre, pair):
    active, spare = pair
    at_work(active, 0, theatre.give(11))
    theatre.now += 31
    active.page.beat(theatre.now)
    theatre.worker.tick(theatre.now)
    assert active.killed
    assert theatre.active is spare
    theatre.bury()
    assert [died.judgement for died in theatre.died] == [Judgement.DEADLINE]


def test_one_that_tells_of_a_fault_and_lives_on_is_killed(theatre, pair):
    active, _ = pair
    theatre.faults(active)
    assert not active.killed
    assert theatre.worker.next_deadline() <= theatre.now + 1
    theatre.now += 1
    theatre.worker.tick(theatre.now)
    assert active.killed


def test_one_that_tells_of_a_fault_gets_no_work_though_there_is_no_spare(theatre):
    active = theatre.get_ready()
    theatre.answer(theatre.give(1))
    theatre.faults(active)
    wait(theatre, 22)
    theatre.worker.send(1, theatre.now)
    assert not theatre.desk.in_flight
    active.kill()
    theatre.bury()
    assert theatre.desk.waiting == 1


def test_what_others_spend_meanwhile_is_told_to_its_follower(theatre, pair, monkeypatch):
    active, spare = pair
    sent = []
    monkeypatch.setattr(theatre.channel, "send", lambda who, message: sent.append((who, message)))
    theatre.give(11)
    theatre.faults(active)
    theatre.give(22, user=2)
    spent = Spent("openai", 0.5, 100.0, 0.0)
    theatre.worker.pass_on([spent])
    assert sent[-1] == (spare.identity, Budgets((spent,)))


def test_the_last_words_of_a_hang_are_no_fault(theatre, pair):
    """Who says them may go on, should what hung come back."""
    active, _ = pair
    theatre.faults(active, b"Timeout (0:00:30)!\nThread 0x0 (most recent call first):\n in place_00\n")
    assert theatre.active is active


def test_one_that_was_of_no_use_is_followed_after_a_pause_as_ever(theatre):
    active = theatre.get_ready()
    theatre.get_ready(theatre.get_spare())
    theatre.faults(active)
    assert theatre.active is active
    active.kill()
    theatre.bury()
    assert theatre.worker.active is None
    assert theatre.worker.life.spare is Spare.READY


def test_words_without_end_are_not_listened_to(theatre, pair):
    active, _ = pair
    while not theatre.worker.active.dump_closed:
        active.say(b"x" * 4096)
        theatre.worker.readable(frozenset({active.dump.fd}), theatre.now)
    assert len(active.dump.read()) == 65_536


def test_a_fault_is_heard_behind_last_words_of_any_length(theatre, pair):
    """Of a hang that came back, with every place's stack."""
    active, spare = pair
    for _ in range(40):
        theatre.faults(active, b"Timeout (0:00:30)!\n" + b"  File x, line 1 in place_01\n" * 100)
    assert theatre.active is active
    theatre.faults(active)
    assert theatre.active is spare
    assert active.dump.read().endswith(b" in place_00\n")
