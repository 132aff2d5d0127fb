"""The worker's life, stepped by hand."""

from hypothesis import given
from hypothesis import strategies as st

from supervisor.lifecycle import Effect, Event, Life, Policy, State, step

POLICY = Policy()


def up(useful: bool = True) -> Life:
    return Life(state=State.UP, generation=1, up_at=0.0, useful=useful)


def test_a_worker_is_started_on_the_first_tick():
    life, effects = step(Life(), Event.TICK, 0.0, POLICY)
    assert (life.state, life.generation, effects) == (State.STARTING, 1, (Effect.SPAWN,))


def test_a_worker_that_never_says_it_is_ready_is_killed_at_its_deadline():
    life, _ = step(Life(), Event.TICK, 0.0, POLICY)
    life, effects = step(life, Event.TICK, POLICY.start_within - 0.1, POLICY)
    assert effects == ()
    life, effects = step(life, Event.TICK, POLICY.start_within, POLICY)
    assert effects == (Effect.KILL,)


def test_a_useful_worker_that_dies_is_started_again_at_once():
    life, effects = step(up(), Event.EXITED, 5.0, POLICY)
    assert (life.state, effects) == (State.DOWN, ())
    assert step(life, Event.TICK, 5.0, POLICY)[1] == (Effect.SPAWN,)


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


def test_a_worker_that_will_not_start_is_given_up_in_the_end():
    life, now, seen = Life(), 0.0, []
    while life.state is not State.ENDED:
        life, _ = step(life, Event.TICK, now, POLICY)
        life, effects = step(life, Event.EXITED, now, POLICY)
        seen.extend(effects)
        now = life.deadline
    assert seen == [Effect.GIVE_UP]


def test_a_minute_of_health_forgets_the_failures():
    life = Life(state=State.UP, up_at=10.0, failures=3)
    assert step(life, Event.TICK, 69.9, POLICY)[0].failures == 3
    assert step(life, Event.TICK, 70.0, POLICY)[0].failures == 0


def test_a_planned_replacement_drains_and_starts_the_next_at_once():
    life, effects = step(up(), Event.REPLACE, 1.0, POLICY)
    assert (life.state, effects) == (State.DRAINING, (Effect.DRAIN,))
    life, _ = step(life, Event.EXITED, 2.0, POLICY)
    assert step(life, Event.TICK, 2.0, POLICY)[1] == (Effect.SPAWN,)


def test_after_a_stop_nothing_is_ever_started_again():
    life, _ = step(up(), Event.STOP, 1.0, POLICY)
    life, _ = step(life, Event.EXITED, 2.0, POLICY)
    assert life.state is State.ENDED
    assert step(life, Event.TICK, 1e9, POLICY) == (life, ())


def test_a_drain_that_hangs_is_killed_again_and_again():
    life, _ = step(up(), Event.STOP, 0.0, POLICY)
    life, effects = step(life, Event.TICK, POLICY.drain_within, POLICY)
    assert effects == (Effect.KILL,)
    assert step(life, Event.TICK, 2 * POLICY.drain_within, POLICY)[1] == (Effect.KILL,)


@given(st.lists(st.sampled_from(Event), max_size=60))
def test_at_most_one_worker_lives_whatever_happens(events):
    life, now, alive = Life(), 0.0, 0
    for what in events:
        now += 1.0
        if what is Event.EXITED and not alive:
            continue
        if what is Event.EXITED:
            alive -= 1
        life, effects = step(life, what, now, POLICY)
        alive += effects.count(Effect.SPAWN)
        assert alive in (0, 1)
        assert alive == (life.state in (State.STARTING, State.UP, State.DRAINING))
