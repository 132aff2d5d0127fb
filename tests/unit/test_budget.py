"""How often a provider may be asked: buckets that fill by documented limits, and what the provider itself says."""

import threading
from email.utils import formatdate

import pytest

from workers import budget as room
from workers import providers
from workers.budget import Budgets, retry_after
from workers.provider import Budget
from workers.secret import Secret
from workers.verdict import Reply
from workers.wire import MAX_INSTANT, Spent

NOW = 1_750_000_000.0
SLOW = Budget("mints", per=100.0, burst=3, by=("app",), source="a document")
HEADED = Budget("calls", per=10.0, burst=5, by=("app",), source="d", remaining="x-left", reset="x-reset")
FIELDS = {"app": Secret("app-of-alice"), "key": Secret("never-seen")}


def digest(text):
    return f"{hash(text) & (1 << 128) - 1:032x}"


@pytest.fixture
def budgets():
    return Budgets(digest)


def draw(budgets, budget=SLOW, *, api="ebay", environment="production", fields=FIELDS):
    return budgets.draw(budget, api, environment, fields)


def reply(status=200, **headers):
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()})


def take_all(budgets, drawn, now=NOW):
    while budgets.take(drawn, now) is None:
        pass


def test_a_burst_is_free_and_then_one_comes_back_each_period(budgets):
    drawn = draw(budgets)
    assert [budgets.take(drawn, NOW) for _ in range(4)] == [None, None, None, NOW + 100.0]
    assert budgets.take(drawn, NOW + 40) == pytest.approx(NOW + 100.0)
    assert budgets.take(drawn, NOW + 100) is None
    assert budgets.take(drawn, NOW + 100) == NOW + 200.0


def test_a_rest_never_saves_up_more_than_the_burst(budgets):
    drawn = draw(budgets)
    take_all(budgets, drawn)
    assert [budgets.take(drawn, NOW + 1e6) for _ in range(4)] == [None, None, None, NOW + 1e6 + 100.0]


def test_a_clock_that_was_set_back_does_not_stop_the_refill(budgets):
    drawn = draw(budgets)
    take_all(budgets, drawn, NOW + 1e8)
    assert budgets.take(drawn, NOW) == NOW + 100.0
    assert budgets.take(drawn, NOW + 100.0) is None


@pytest.mark.parametrize(
    ("more", "shared"),
    [
        ({}, True),
        ({"fields": FIELDS | {"key": Secret("another")}}, True),
        ({"fields": {"app": Secret("another")}}, False),
        ({"fields": {}}, False),
        ({"api": "etsy"}, False),
        ({"environment": "sandbox"}, False),
        ({"budget": HEADED}, False),
    ],
)
def test_a_bucket_belongs_to_provider_environment_budget_and_the_account_that_is_counted(budgets, more, shared):
    take_all(budgets, draw(budgets))
    assert (budgets.take(draw(budgets, **more), NOW) is not None) is shared


def test_a_key_says_nothing_of_the_account(budgets):
    assert "alice" not in repr(draw(budgets))
    assert "alice" not in repr(budgets.worth_keeping([draw(budgets)], NOW))


@pytest.mark.parametrize("status", [403, 429, 503])
def test_retry_after_is_kept_to_whatever_the_bucket_holds(budgets, status):
    drawn = draw(budgets)
    budgets.heed(drawn, reply(status, retry_after="77"), NOW)
    assert budgets.take(drawn, NOW + 76) == NOW + 77
    assert budgets.until([drawn], NOW) == NOW + 77
    assert budgets.take(drawn, NOW + 77) is None


def test_retry_after_may_be_a_date(budgets):
    drawn = draw(budgets)
    budgets.heed(drawn, reply(429, retry_after=formatdate(NOW + 90, usegmt=True)), NOW)
    assert budgets.take(drawn, NOW) == NOW + 90


@pytest.mark.parametrize("off", [-7200, 7200])
def test_a_date_is_read_by_the_clock_of_who_wrote_it(budgets, off):
    drawn, date = draw(budgets, HEADED), formatdate(NOW + off, usegmt=True)
    budgets.heed(drawn, reply(429, retry_after=formatdate(NOW + off + 90, usegmt=True), date=date), NOW)
    assert budgets.take(drawn, NOW) == NOW + 90
    other = draw(budgets, HEADED, fields={"app": Secret("app-of-ben")})
    budgets.heed(other, reply(429, date=date, **{"x-left": "0", "x-reset": str(int(NOW + off + 50))}), NOW)
    assert budgets.take(other, NOW) == NOW + max(50, 60)


@pytest.mark.parametrize("off", [-NOW, -86_500, 86_500, 1e9])
def test_a_date_that_no_clock_tells_moves_no_wait(budgets, off):
    drawn, date = draw(budgets, HEADED), formatdate(NOW + off, usegmt=True)
    budgets.heed(drawn, reply(200, date=date, **{"x-left": "0", "x-reset": str(int(NOW + 50))}), NOW)
    assert budgets.take(drawn, NOW) == NOW + 50


@pytest.mark.parametrize("told", [str(int(NOW + 70)), f"{NOW + 70:.3f}", str(int((NOW + 70) * 1000)), "70", "70.0"])
def test_a_reset_is_seconds_or_an_instant_in_seconds_or_milliseconds(budgets, told):
    drawn = draw(budgets, HEADED)
    budgets.heed(drawn, reply(200, **{"x-left": "0", "x-reset": told}), NOW)
    assert budgets.take(drawn, NOW) == pytest.approx(NOW + 70, abs=0.1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("  0 ", 0.0),
        ("9" * 400, 999_999_999_999.0),
        (formatdate(NOW - 90, usegmt=True), 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", 1.5),
        ("\u00b2", None),
        ("Mon, 99 Foo 2025 99:99:99 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
    ],
)
def test_what_is_neither_seconds_nor_a_date_is_no_wait(text, seconds):
    found = retry_after({"retry-after": text}, NOW)
    if text.startswith("Fri, 31 Dec 9999"):
        assert found is None or found > 0
    else:
        assert found == seconds


def test_no_provider_can_make_us_wait_for_more_than_a_month(budgets):
    drawn = draw(budgets)
    budgets.heed(drawn, reply(429, retry_after="9" * 12), NOW)
    assert budgets.take(drawn, NOW) == NOW + 31 * 86_400


def test_a_wait_by_a_clock_that_was_years_ahead_is_forgotten_when_it_is_set_right(budgets):
    drawn = draw(budgets)
    budgets.heed(drawn, reply(429, retry_after="60"), NOW + 1e8)
    assert budgets.take(drawn, NOW + 1e8) == NOW + 1e8 + 60
    kept = budgets.worth_keeping([drawn], NOW + 1e8)
    again = Budgets(digest)
    again.restore(kept)
    assert [one.take(drawn, NOW) for one in (budgets, again)] == [None, None]


def test_a_success_with_retry_after_makes_nobody_wait(budgets):
    drawn = draw(budgets)
    budgets.heed(drawn, reply(200, retry_after="77"), NOW)
    assert budgets.take(drawn, NOW) is None


def test_429_without_a_word_waits_a_minute_or_one_period(budgets):
    short, long = draw(budgets, HEADED), draw(budgets, SLOW)
    for drawn, wait in ((short, 60.0), (long, 100.0)):
        budgets.heed(drawn, reply(429), NOW)
        assert budgets.take(drawn, NOW) == NOW + wait


def test_a_longer_wait_is_not_cut_short_by_a_later_word(budgets):
    drawn = draw(budgets)
    budgets.heed(drawn, reply(429, retry_after="500"), NOW)
    budgets.heed(drawn, reply(429, retry_after="5"), NOW)
    assert budgets.take(drawn, NOW) == NOW + 500


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x_left": "0", "x_reset": "33"}, 33.0),
        ({"x_left": "0", "x_reset": str(round(NOW) + 33)}, 33.0),
        ({"x_left": "0", "x_reset": str(round(NOW) - 33)}, None),
        ({"x_left": "0"}, 10.0),
        ({"x_left": "1", "x_reset": "33"}, None),
        ({"x_left": "none", "x_reset": "33"}, None),
        ({"x_reset": "33"}, None),
    ],
)
def test_remaining_headers_are_heeded_before_the_refusal(budgets, headers, wait):
    drawn = draw(budgets, HEADED)
    budgets.heed(drawn, reply(200, **headers), NOW)
    assert budgets.take(drawn, NOW) == (None if wait is None else NOW + wait)


def test_for_good_ends_only_with_another_account(budgets):
    drawn = draw(budgets)
    budgets.stop(drawn, NOW)
    assert budgets.take(drawn, NOW + 1e9) == MAX_INSTANT
    assert budgets.take(draw(budgets, fields={"app": Secret("the new one")}), NOW) is None


def test_what_is_left_is_told_by_name(budgets):
    drawn = draw(budgets)
    budgets.take(drawn, NOW)
    (left,) = budgets.left([drawn], NOW)
    assert (left.name, left.tokens, left.per, left.until) == ("mints", 2.0, 100.0, 0.0)


def test_only_what_a_restart_may_not_fill_up_is_kept(budgets):
    spent, fresh, quick = draw(budgets), draw(budgets, api="etsy"), draw(budgets, HEADED)
    for drawn in (spent, quick):
        budgets.take(drawn, NOW)
    assert [kept.key for kept in budgets.worth_keeping([spent, fresh, quick], NOW)] == [spent.key]
    budgets.heed(quick, reply(429, retry_after="5"), NOW)
    assert [kept.key for kept in budgets.worth_keeping([fresh, quick], NOW)] == [quick.key]


def test_one_request_in_thirty_seconds_is_kept_to_over_a_restart(budgets):
    (asked,) = providers.find("2captcha").endpoints
    drawn = draw(budgets, asked.budget)
    budgets.take(drawn, NOW)
    assert budgets.worth_keeping([drawn], NOW + 9) != ()


def test_a_kept_budget_is_as_spent_after_a_restart_and_fills_with_the_time_between(budgets):
    drawn = draw(budgets)
    take_all(budgets, drawn)
    kept = budgets.worth_keeping([drawn], NOW)
    again = Budgets(digest)
    again.restore(kept)
    assert again.take(drawn, NOW + 99) == pytest.approx(NOW + 100)
    assert again.take(drawn, NOW + 101) is None


@pytest.mark.parametrize(("at", "tokens"), [(NOW + 50, 0.0), (NOW - 50, 2.0)])
def test_of_two_states_the_newer_counts_and_of_two_waits_the_longer(budgets, at, tokens):
    drawn = draw(budgets)
    budgets.take(drawn, NOW)
    budgets.restore([Spent(drawn.key, 0.0, at, NOW + 400)])
    (left,) = budgets.left([drawn], max(NOW, at))
    assert (left.tokens, left.until) == (tokens, NOW + 400)
    budgets.restore([Spent(drawn.key, 0.0, at - 1, NOW + 1)])
    assert budgets.take(drawn, NOW) == NOW + 400


def test_memory_is_bounded_and_the_oldest_go_first(budgets, monkeypatch):
    monkeypatch.setattr(room, "_BUCKETS_MAX", 10)
    accounts = [draw(budgets, fields={"app": Secret(f"app {n}")}) for n in range(25)]
    for drawn in accounts:
        budgets.take(drawn, NOW)
    assert len(budgets._buckets) == 10
    assert set(budgets._buckets) == {drawn.key for drawn in accounts[-10:]}


def test_threads_together_take_no_more_than_there_is(budgets):
    drawn = draw(budgets, Budget("many", per=1e6, burst=500, by=(), source="d"))
    start, taken = threading.Barrier(8), []

    def work():
        start.wait(5)
        taken.extend(budgets.take(drawn, NOW) is None for _ in range(200))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 500
