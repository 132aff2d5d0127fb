"""What is held, handed out, answered and shared out again."""

from msgspec.structs import replace

from supervisor.schedule import Claim
from supervisor.service.desk import Desk
from workers.wire import Answer, Reason


def claim(check: int, user: int | None = None, attempt: int = 1) -> Claim:
    return Claim(check, attempt, user or check, "openai", "production", "x", 0.0)


def answer(job: int, check: int, attempt: int = 1) -> Answer:
    return Answer(job, check, attempt, Reason.OK, 1, "")


def test_no_more_users_are_in_flight_than_the_window_holds():
    desk = Desk(30.0)
    desk.put([claim(1), claim(2), claim(3)], probe=True)
    assert len(desk.take(2, 0.0)) == 2
    assert desk.take(2, 0.0) == []
    assert desk.waiting == 1


def test_an_answer_is_taken_once_and_only_for_what_was_handed_out():
    desk = Desk(30.0)
    desk.put([claim(1)], probe=True)
    (job,) = desk.take(1, 0.0)
    assert desk.in_flight.answered(answer(job.job, 99), 1.0) is None
    assert desk.in_flight.answered(answer(job.job + 1, 1), 1.0) is None
    assert desk.in_flight.answered(answer(job.job, 1, attempt=2), 1.0) is None
    assert desk.in_flight.answered(answer(job.job, 1), 1.0) == claim(1)
    assert desk.in_flight.answered(answer(job.job, 1), 1.0) is None
    assert desk.empty


def test_each_check_of_a_job_has_a_deadline_of_its_own():
    desk = Desk(30.0)
    desk.put([claim(1, user=5), claim(2, user=5)], probe=True)
    (job,) = desk.take(1, 0.0)
    assert desk.in_flight.overdue(29.9) == ()
    assert [work.check for work in desk.in_flight.overdue(30.0)] == [1]
    desk.in_flight.answered(answer(job.job, 1), 20.0)
    assert desk.in_flight.overdue(49.9) == ()
    assert [work.check for work in desk.in_flight.overdue(50.0)] == [2]


def test_all_that_are_overdue_are_told_the_latest_last():
    desk = Desk(30.0)
    for check, at in ((1, 5.0), (2, 0.0), (3, 9.0)):
        desk.put([claim(check)], probe=True)
        desk.take(check, at)
    assert [work.check for work in desk.in_flight.overdue(35.0)] == [2, 1]
    assert [work.check for work in desk.in_flight.overdue(39.0)] == [2, 1, 3]


def test_a_retry_runs_alone_and_after_the_others():
    desk = Desk(30.0)
    desk.put([claim(1), claim(2)], probe=True)
    desk.put_alone(claim(9), probe=True)
    first, second = desk.take(8, 0.0)
    assert {first.user, second.user} == {1, 2}
    desk.in_flight.answered(answer(first.job, 1), 0.0)
    assert desk.take(8, 0.0) == []
    desk.in_flight.answered(answer(second.job, 2), 0.0)
    (alone,) = desk.take(8, 0.0)
    assert alone.user == 9
    desk.put([claim(3)], probe=True)
    assert desk.take(8, 0.0) == []
    desk.in_flight.answered(answer(alone.job, 9), 0.0)
    assert [job.user for job in desk.take(8, 0.0)] == [3]


def test_what_a_dead_worker_had_is_landed_whole_and_bystanders_go_first():
    desk = Desk(30.0)
    desk.put([claim(1), claim(2), claim(3)], probe=True)
    desk.take(2, 0.0)
    landed = [one for _, one in desk.in_flight.land()]
    assert sorted(one.check for one in landed) == [1, 2]
    desk.put_back(landed, probe=True)
    assert [job.user for job in desk.take(3, 0.0)] == [1, 2, 3]


def test_everything_held_is_renewed():
    desk = Desk(30.0)
    desk.put([claim(1), claim(2)], probe=True)
    desk.put_alone(claim(3), probe=False)
    desk.take(1, 0.0)
    assert sorted(one.check for one in desk.held()) == [1, 2, 3]
    assert sorted(one.check for one, _ in desk.give_up_waiting()) == [2, 3]


def test_at_the_end_only_what_has_crashed_a_worker_of_ours_is_told_so():
    """A strike of an earlier round is no crash of now."""
    desk = Desk(30.0)
    desk.put([replace(claim(1), strikes=1, signal="SIGSEGV")], probe=True)
    desk.put_alone(replace(claim(2), strikes=1, signal="SIGSEGV"), probe=True)
    desk.put_alone(replace(claim(3), strikes=1, signal="SIGSEGV"), probe=True, struck=True)
    assert {one.check: struck for one, struck in desk.give_up_waiting()} == {1: False, 2: False, 3: True}
