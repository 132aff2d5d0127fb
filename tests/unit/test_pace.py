"""The window that opens by itself, over minutes and over a whole day."""

import random

from hypothesis import given
from hypothesis import strategies as st

from supervisor.pace import Pace, Policy, crashed, step

POLICY = Policy()
MOST = 64


def widths(pace, seconds, *, start=0.0, overdue=True):
    seen = []
    for tick in range(int(seconds)):
        pace = step(pace, start + tick, POLICY, overdue=overdue, most=MOST)
        seen.append(pace.window)
    return pace, seen


def test_it_begins_serial_and_opens_by_doubling_while_work_is_overdue():
    _, seen = widths(Pace(), 20)
    assert seen[0] == 1
    assert sorted(set(seen)) == [1, 2, 4, 8, 16, 32, 64]
    assert seen == sorted(seen)


def test_without_overdue_work_it_stays_serial():
    _, seen = widths(Pace(), 1000, overdue=False)
    assert set(seen) == {1}


def test_a_crash_takes_it_back_to_one_and_holds_it_there():
    pace, _ = widths(Pace(), 20)
    pace = crashed(pace, 20.0, POLICY)
    assert pace.window == 1
    _, seen = widths(pace, 9, start=20.0)
    assert set(seen) == {1}
    _, seen = widths(pace, 30, start=20.0)
    assert seen[-1] == 64


def test_crashes_in_a_row_hold_it_longer_but_not_for_ever():
    pace, now, holds = Pace(), 0.0, []
    for _ in range(12):
        pace = crashed(pace, now, POLICY)
        holds.append(pace.hold_until - now)
        now = pace.hold_until
    assert holds[:3] == [10.0, 20.0, 40.0]
    assert max(holds) == 320.0
    assert crashed(pace, now + POLICY.forget_crashes_after + 400, POLICY).crashes == 1


def test_calm_halves_it_minute_by_minute():
    pace, _ = widths(Pace(), 20)
    _, seen = widths(pace, 7 * 61, start=20.0, overdue=False)
    assert [one for index, one in enumerate(seen) if index == 0 or seen[index - 1] != one] == [64, 32, 16, 8, 4, 2, 1]


def test_a_day_of_crashes_and_backlogs_neither_oscillates_nor_starves():
    rng = random.Random(7)
    pace, backlog, done, changes, longest, waited = Pace(), 0.0, 0, 0, 0, 0
    for second in range(86_400):
        if second % 900 == 0:
            backlog += 3000
        if rng.random() < 1 / 3600:
            pace = crashed(pace, float(second), POLICY)
        before = pace.window
        pace = step(pace, float(second), POLICY, overdue=backlog > 2 * pace.window, most=MOST)
        changes += pace.window != before
        served = min(backlog, pace.window / 0.2)
        backlog -= served
        done += served
        waited = waited + 1 if backlog else 0
        longest = max(longest, waited)
        assert 1 <= pace.window <= MOST
    assert done > 0.99 * 3000 * 96
    assert longest < 900
    assert changes < 96 * 14


@given(
    st.lists(st.tuples(st.sampled_from(["overdue", "calm", "crash"]), st.floats(0, 100)), max_size=100),
    st.integers(1, 200),
)
def test_it_never_leaves_its_bounds_and_never_more_than_doubles(story, most):
    pace, now = Pace(), 0.0
    for what, gap in story:
        now += gap
        before = pace.window
        if what == "crash":
            pace = crashed(pace, now, POLICY)
            assert pace.window == 1
        else:
            pace = step(pace, now, POLICY, overdue=what == "overdue", most=most)
        assert 1 <= pace.window <= max(most, 1)
        assert pace.window <= 2 * before
