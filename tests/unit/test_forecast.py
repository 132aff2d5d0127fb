"""When a credential will end, and of what word is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervisor.forecast import DAYS, in_words, look_ahead

NOW = 1.8e9
DAY = 86_400.0


def ahead(days: float | None, *, known: float | None = None, warned: int | None = None, certain: bool = True):
    """As seen so many days before the end; `known` before, as a number of days too."""
    ends, before = (None if one is None else NOW + one * DAY for one in (days, known))
    return look_ahead(ends, before, warned, NOW, certain=certain)


@pytest.mark.parametrize(
    ("days", "told"),
    [(400, None), (30.1, None), (30, 30), (8, 30), (7, 7), (1.5, 7), (1, 1), (0.01, 1), (0, None), (-3, None)],
)
def test_the_nearest_number_of_days_is_told_at_first_sight(days, told):
    assert ahead(days).told == told


@pytest.mark.parametrize(
    ("days", "warned", "told"), [(20, 30, None), (6, 30, 7), (6, 7, None), (0.5, 7, 1), (0.5, 1, None)]
)
def test_each_number_of_days_is_told_once(days, warned, told):
    assert ahead(days, known=days, warned=warned).told == told


def test_over_a_credentials_life_each_is_told_exactly_once_whatever_the_date_wavers_by():
    told, known, warned, ends = [], None, None, NOW + 60 * DAY
    for hour in range(24 * 62):
        wavering = ends + (3600 if hour % 2 else -3600)
        known, warned, now = look_ahead(wavering, known, warned, NOW + hour * 3600, certain=True)
        told += [now] if now else []
    assert told == list(DAYS)


def test_after_a_renewal_all_are_told_again():
    assert ahead(20, known=2, warned=7) == (NOW + 20 * DAY, 30, 30)
    assert ahead(5, known=2, warned=7) == (NOW + 5 * DAY, 7, 7)
    assert ahead(90, known=0.5, warned=1) == (NOW + 90 * DAY, None, None)


def test_an_end_that_creeps_on_with_every_look_is_told_once():
    told, known, warned = 0, None, None
    for minute in range(0, 60 * 24 * 3, 15):  # six hours from each look: a short token that is renewed all the time
        now = NOW + minute * 60
        known, warned, told_now = look_ahead(now + 6 * 3600, known, warned, now, certain=True)
        told += told_now is not None
    assert told == 1


def test_a_look_that_could_not_say_leaves_what_was_known():
    assert ahead(None, known=20, warned=30, certain=False) == (NOW + 20 * DAY, 30, None)
    assert ahead(None, known=6, warned=30, certain=False).told == 7, "time goes on all the same"


def test_a_look_that_could_say_and_names_no_end_forgets_the_old_one():
    assert ahead(None, known=20, warned=30) == (None, None, None)


@given(st.floats(-1e9, 1e11), st.none() | st.floats(0, 3e10), st.sampled_from([None, *DAYS]), st.booleans())
def test_whatever_is_found_a_second_look_at_the_same_moment_tells_nothing(found, known, warned, certain):
    first = look_ahead(found, known, warned, NOW, certain=certain)
    again = look_ahead(found, first.expires_at, first.warned, NOW, certain=certain)
    assert again == (first.expires_at, first.warned, None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (31 * DAY, None),
        (30 * DAY, "expires in 30 days"),
        (6.9 * DAY, "expires in 6 days"),
        (DAY, "expires in 1 day"),
        (DAY - 1, "expires in 23 hours"),
        (3600, "expires in 1 hour"),
        (59, "expires within the hour"),
        (0, None),
        (-1, None),
    ],
)
def test_it_is_said_in_words_while_it_is_near(seconds, words):
    assert in_words(NOW + seconds, NOW) == words
