"""The supervisor's copy of the request budgets."""

from supervisor.service.budgets import Budgets
from workers.wire import MAX_BUDGETS, MAX_INSTANT, Spent


def spent(number: int, tokens: float = 1.0, at: float = 5.0, until: float = 0.0) -> Spent:
    return Spent(f"{number:032x}", tokens, at, until)


def test_of_two_states_the_newer_counts_and_of_two_waits_the_longer_whoever_comes_first():
    newer, longer = spent(1, 2.0, at=9.0), spent(1, 3.0, at=4.0, until=MAX_INSTANT)
    for some in ([newer, longer], [longer, newer]):
        budgets = Budgets()
        budgets.note(some)
        assert budgets.all() == (spent(1, 2.0, at=9.0, until=MAX_INSTANT),)


def test_what_is_loaded_is_told_but_not_saved_again_and_what_is_noted_is_saved_once():
    budgets = Budgets()
    budgets.load([spent(1), spent(2)])
    assert budgets.take_unsaved() == []
    budgets.note([spent(2, 0.0, at=6.0), spent(3)])
    assert {one.key for one in budgets.all()} == {spent(number).key for number in (1, 2, 3)}
    assert budgets.take_unsaved() == [spent(2, 0.0, at=6.0), spent(3)]
    assert budgets.take_unsaved() == []


def test_beyond_its_bound_what_was_drawn_on_longest_ago_is_forgotten():
    budgets = Budgets()
    budgets.load([spent(number) for number in range(MAX_BUDGETS, 0, -1)])  # the newest first
    budgets.note([spent(1, at=6.0), spent(MAX_BUDGETS + 1)])
    kept = {one.key for one in budgets.all()}
    assert len(kept) == MAX_BUDGETS
    assert spent(1).key in kept
    assert spent(2).key not in kept


def test_of_what_others_have_stored_only_what_is_news_is_passed_on():
    budgets = Budgets()
    budgets.note([spent(1, 2.0, at=9.0), spent(2, at=9.0, until=50.0), spent(3)])
    stored = [spent(1, 2.0, at=9.0 + 1e-7), spent(2, 0.0, at=8.0, until=50.0), spent(3, until=70.0), spent(4)]
    assert budgets.load(stored) == [spent(4), spent(3, until=70.0)], "in a database an instant is rounded"
    assert budgets.load(stored) == []
