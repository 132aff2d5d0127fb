"""Phases, slots and parcels."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from supervisor.schedule import Claim, batch, next_due, phase, postponed
from workers.wire import MAX_CHECKS_PER_JOB, MAX_INSTANT

IDS = st.integers(1, 2**31)
INTERVALS = st.floats(1, 86_400)
NOW = st.floats(1.6e9, 2.5e9)


def claim(check: int, user: int) -> Claim:
    return Claim(check, 1, user, "openai", "production", "x", 0.0)


@given(IDS, INTERVALS, NOW)
def test_the_slot_after_a_probe_is_half_to_one_and_a_half_intervals_away(check, interval, now):
    due = next_due(check, interval, now, probed=True)
    assert interval / 2 - 1e-3 <= due - now <= 1.5 * interval + 1e-3


@given(IDS, INTERVALS, NOW)
def test_the_slot_after_a_validation_is_at_most_one_interval_away(check, interval, now):
    assert -1e-3 <= next_due(check, interval, now, probed=False) - now <= interval + 1e-3


@given(IDS, INTERVALS, NOW, st.floats(0, 1e6))
def test_a_check_keeps_its_phase_whenever_it_is_asked(check, interval, now, later):
    slots = [next_due(check, interval, at, probed=False) for at in (now, now + later)]
    turns = (slots[1] - slots[0]) / interval
    assert turns == pytest.approx(round(turns), abs=1e-3)


def test_checks_with_ids_in_a_row_do_not_fire_in_a_herd():
    interval, buckets = 900.0, [0] * 90
    for check in range(1, 9001):
        buckets[int(phase(check, interval) // 10)] += 1
    assert max(buckets) <= 110
    assert min(buckets) >= 90


def test_a_job_is_one_user_in_the_order_users_appear():
    jobs = batch([claim(1, 5), claim(2, 7), claim(3, 5)], 10, probe=True)
    assert [(job.job, job.user, [one.check for one in job.checks]) for job, _ in jobs] == [
        (10, 5, [1, 3]),
        (11, 7, [2]),
    ]


@given(st.lists(st.tuples(IDS, st.integers(1, 5)), max_size=80, unique_by=lambda pair: pair[0]), st.booleans())
def test_every_claim_is_in_exactly_one_job_of_bounded_size(pairs, probe):
    jobs = batch([claim(check, user) for check, user in pairs], 1, probe=probe)
    assert sorted(one.check for job, _ in jobs for one in job.checks) == sorted(check for check, _ in pairs)
    assert all(1 <= len(job.checks) <= MAX_CHECKS_PER_JOB for job, _ in jobs)
    assert all(own.user == job.user for job, owns in jobs for own in owns)
    assert [job.job for job, _ in jobs] == list(range(1, len(jobs) + 1))


@pytest.mark.parametrize(
    ("saved_at", "told"), [(None, None), (5.0, 5.0), (-1.0, None), (math.inf, None), (math.nan, None), (1e11, None)]
)
def test_a_job_tells_when_the_row_was_saved_if_that_is_an_instant(saved_at, told):
    ((job, _),) = batch([replace(claim(1, 5), saved_at=saved_at)], 1, probe=True)
    assert job.checks[0].saved_at == told


@pytest.mark.parametrize(
    ("again_at", "due"),
    [
        (None, 900.0),
        (100.0, 900.0),
        (5000.0, 5000.0),
        (1e10, 31 * 86_400.0),
        (MAX_INSTANT - 1, 31 * 86_400.0),
        (MAX_INSTANT, 900.0),
    ],
)
def test_a_provider_may_put_a_check_off_for_a_month_and_a_refused_key_not_at_all(again_at, due):
    assert postponed(900.0, again_at, 0.0) == due
