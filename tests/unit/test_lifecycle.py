"""The lives of the active worker and its spare, stepped by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervisor.lifecycle import Effect, Event, Life, Policy, Spare, State, step

POLICY = Policy()
ALONE = Policy(spare=False)
UP = Life(state=State.UP, useful=True, spare=Spare.READY)


def test_a_worker_is_started_on_the_first_tick():
    life, effects = step(Life(), Event.TICK, 0.0, POLICY)
    assert (life.state, effects) == (State.STARTING, (Effect.SPAWN,))


def test_a_worker_that_never_says_it_is_ready_is_killed_at_its_deadline():
    life, _ = step(Life(), Event.TICK, 0.0, POLICY)
    assert step(life, Event.TICK, POLICY.start_within - 0.1, POLICY)[1] == ()
    assert step(life, Event.TICK, POLICY.start_within, POLICY)[1] == (Effect.KILL,)


def test_a_spare_is_started_when_the_worker_is_up():
    life, _ = step(Life(), Event.TICK, 0.0, POLICY)
    life, _ = step(life, Event.READY, 1.0, POLICY)
    life, effects = step(life, Event.TICK, 1.0, POLICY)
    assert (life.spare, effects) == (Spare.STARTING, (Effect.SPAWN_SPARE,))
    assert step(life, Event.SPARE_READY, 1.1, POLICY)[0].spare is Spare.READY


def test_a_ready_spare_takes_over_at_once_and_is_followed_by_the_next():
    life, effects = step(UP, Event.EXITED, 5.0, POLICY)
    assert (life.state, life.spare, effects) == (State.UP, Spare.NONE, (Effect.PROMOTE,))
    assert step(life, Event.TICK, 5.0, POLICY)[1] == ()  # the work that waits comes first
    assert step(life, Event.TICK, 5.0 + POLICY.spare_after, POLICY)[1] == (Effect.SPAWN_SPARE,)


def test_a_spare_that_is_still_starting_takes_over_as_it_is():
    life, effects = step(replace(UP, spare=Spare.STARTING, spare_at=9.0), Event.EXITED, 5.0, POLICY)
    assert (life.state, life.deadline, effects) == (State.STARTING, 9.0, (Effect.PROMOTE,))
    assert step(life, Event.READY, 5.1, POLICY)[0].state is State.UP


def test_a_ready_spare_takes_over_from_one_that_is_about_to_be_dead():
    life, effects = step(UP, Event.FALLING, 5.0, POLICY)
    assert (life.state, life.spare, effects) == (State.UP, Spare.NONE, (Effect.PROMOTE,))


@pytest.mark.parametrize(
    "life",
    [
        replace(UP, useful=False),
        replace(UP, spare=Spare.STARTING),
        replace(UP, spare=Spare.NONE),
        replace(UP, state=State.DRAINING),
        replace(UP, state=State.STARTING),
    ],
)
def test_in_any_other_case_its_end_is_waited_for(life):
    assert step(life, Event.FALLING, 5.0, POLICY) == (life, ())


def test_without_a_spare_a_useful_worker_is_followed_at_once():
    life, effects = step(replace(UP, spare=Spare.NONE), Event.EXITED, 5.0, POLICY)
    assert (life.state, effects) == (State.STARTING, (Effect.SPAWN,))


def test_a_spare_that_dies_is_replaced_with_a_growing_pause_and_touches_nothing_else():
    life, _ = step(UP, Event.SPARE_EXITED, 0.0, POLICY)
    assert (life.state, life.spare, life.spare_at) == (State.UP, Spare.NONE, 0.25)
    assert step(replace(life, spare=Spare.STARTING), Event.SPARE_EXITED, 0.0, POLICY)[0].spare_at == 0.5


def test_deaths_at_boot_back_off_and_the_exponent_is_clamped():
    life, now, pauses = Life(), 0.0, []
    patient = Policy(boot_failures=50)
    for _ in range(12):
        life, effects = step(life, Event.TICK, now, patient)
        assert effects == (Effect.SPAWN,)
        life, _ = step(life, Event.EXITED, now, patient)
        pauses.append(life.deadline - now)
        now = life.deadline
    assert pauses[:3] == [0.25, 0.5, 1.0]
    assert max(pauses) == 0.25 * 2**6


def test_a_worker_that_dies_before_it_was_of_use_is_not_followed_at_once_even_by_a_spare():
    life, effects = step(replace(UP, useful=False), Event.EXITED, 5.0, POLICY)
    assert (life.state, effects) == (State.DOWN, ())
    assert step(life, Event.TICK, life.deadline, POLICY)[1] == (Effect.PROMOTE,)


def test_a_worker_that_will_not_start_is_given_up_in_the_end():
    life, now, seen = Life(), 0.0, []
    while life.state is not State.ENDED:
        life, _ = step(life, Event.TICK, now, POLICY)
        life, effects = step(life, Event.EXITED, now, POLICY)
        seen.extend(effects)
        now = life.deadline
    assert seen == [Effect.GIVE_UP]


def test_a_minute_of_health_forgets_the_failures():
    life = Life(state=State.UP, up_at=10.0, failures=3, spare=Spare.READY)
    assert step(life, Event.TICK, 69.9, POLICY)[0].failures == 3
    assert step(life, Event.TICK, 70.0, POLICY)[0].failures == 0


def test_deaths_of_work_are_no_worker_that_will_not_start_however_many():
    life, now = Life(state=State.UP, failures=POLICY.boot_failures - 1), 0.0
    for _ in range(3 * POLICY.boot_failures):
        life, _ = step(life, Event.USED, now, POLICY)
        life, effects = step(life, Event.EXITED, now, POLICY)
        assert (effects, life.failures) == ((Effect.SPAWN,), 0)
        life, _ = step(life, Event.READY, now, POLICY)
        now += 1.0


def test_deaths_of_spares_are_forgotten_after_a_minute_of_health_or_when_one_takes_over():
    life = replace(UP, spare_failures=6, up_at=10.0)
    assert step(life, Event.TICK, 69.9, POLICY)[0].spare_failures == 6
    assert step(life, Event.TICK, 70.0, POLICY)[0].spare_failures == 0
    assert step(life, Event.EXITED, 20.0, POLICY)[0].spare_failures == 0


def test_a_planned_replacement_drains_and_the_spare_follows():
    life, effects = step(UP, Event.RECYCLE, 1.0, POLICY)
    assert (life.state, effects) == (State.DRAINING, (Effect.DRAIN,))
    assert step(life, Event.EXITED, 2.0, POLICY)[1] == (Effect.PROMOTE,)


def test_new_settings_outdate_the_spare_too():
    life, effects = step(UP, Event.REFRESH, 1.0, POLICY)
    assert (life.state, life.spare, effects) == (State.DRAINING, Spare.NONE, (Effect.DRAIN, Effect.KILL_SPARE))
    assert step(life, Event.EXITED, 2.0, POLICY)[1] == (Effect.SPAWN,)


def test_new_settings_reach_a_worker_that_was_just_starting():
    life, _ = step(Life(), Event.TICK, 0.0, POLICY)
    life, effects = step(life, Event.REFRESH, 0.1, POLICY)
    assert effects == ()
    assert step(life, Event.READY, 0.2, POLICY)[1] == (Effect.DRAIN,)


def test_after_a_stop_nothing_is_ever_started_again():
    life, effects = step(UP, Event.STOP, 1.0, POLICY)
    assert effects == (Effect.DRAIN, Effect.KILL_SPARE)
    life, _ = step(life, Event.EXITED, 2.0, POLICY)
    assert life.state is State.ENDED
    assert step(life, Event.TICK, 1e9, POLICY) == (life, ())


def test_a_drain_that_hangs_is_killed_again_and_again():
    life, _ = step(UP, Event.STOP, 0.0, POLICY)
    life, effects = step(life, Event.TICK, POLICY.drain_within, POLICY)
    assert effects == (Effect.KILL,)
    assert step(life, Event.TICK, 2 * POLICY.drain_within, POLICY)[1] == (Effect.KILL,)


@given(st.lists(st.sampled_from(Event), max_size=80), st.booleans())
def test_at_most_one_worker_and_one_spare_live_whatever_happens(events, with_spare):
    policy = POLICY if with_spare else ALONE
    life, now, active, spare = Life(), 0.0, False, False
    for what in events:
        now += 1.0
        if (what is Event.EXITED and not active) or (what in (Event.SPARE_EXITED, Event.SPARE_READY) and not spare):
            continue
        active = active and what is not Event.EXITED
        spare = spare and what is not Event.SPARE_EXITED
        life, effects = step(life, what, now, policy)
        for effect in effects:
            match effect:
                case Effect.SPAWN:
                    assert not active
                    active = True
                case Effect.SPAWN_SPARE:
                    assert not spare
                    spare = True
                case Effect.PROMOTE:
                    assert spare
                    assert not active or what is Event.FALLING, "the other one is about to be dead"
                    active, spare = True, False
                case Effect.KILL_SPARE:
                    spare = spare and life.spare is not Spare.NONE
                case _:
                    pass
        assert active == (life.state in (State.STARTING, State.UP, State.DRAINING))
        assert spare == (life.spare is not Spare.NONE)
