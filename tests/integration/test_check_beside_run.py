"""`check` beside a `run`, or beside another `check`: nobody harms the other, nobody is asked twice at the same time."""

import signal

import pytest

from tests.helpers.checking import checking
from tests.helpers.system import BOUND
from tests.helpers.witness import key_of, witness

_LEASES = "select count(*) from healthsup.checks where leased_by is not null"


@pytest.fixture
def seen(system):
    """The provider that everybody's key is shown to."""
    with witness() as provider:
        system.configure(worker={"window": 4}, **{"providers.openai": {"base_url": provider.base_url}})
        yield provider


@pytest.fixture
def users(system):
    """Eight users with a credential each; `key_of` tells what they ask with."""
    made = system.tenants.users(8)
    for user in made:
        system.tenants.credential(user, "openai", text=system.seal({"apiKey": key_of(user)}))
    return made


def all_is_stored_once(system, seen, users):
    assert system.statuses() == dict.fromkeys(users, "healthy")
    history = system.tenants.rows('select "userId", count(*) from api_status_history group by 1')
    assert dict(history) == dict.fromkeys(users, 1)
    assert system.tenants.value(_LEASES) == 0
    attempts = system.tenants.rows("select attempt from healthsup.checks where seen_at is not null")
    assert len(set(attempts)) == len(users)
    assert set(seen.at_once) <= set(map(key_of, users))
    assert set(seen.at_once.values()) == {1}, "a credential was probed twice at the same time"


def test_what_run_has_in_hand_is_awaited_and_its_outcome_told(system, seen, users):
    slow, *others = users
    seen.hold(key_of(slow))
    with system.run() as running:
        seen.wait(key_of(slow))
        with checking(system) as check:
            check.wait(*others)
            assert slow not in check.users()
            assert check.process.poll() is None, "it did not wait for what run has in hand"
            seen.release(key_of(slow))
            told = check.end()
        assert sorted(row["user_id"] for row in told) == users
        assert {row["reason"] for row in told} == {"ok"}
        assert seen.asked[key_of(slow)] == 1, "its outcome was run's, not one of its own"
        assert running.wait("pass.finished")["users"] == len(users)
        assert running.stop() == 0
        assert not running.all("worker.died")
    all_is_stored_once(system, seen, users)


def test_what_a_check_has_in_hand_is_left_alone_by_run(system, seen, users):
    slow, *others = users
    seen.hold(key_of(slow))
    with checking(system) as check:
        seen.wait(key_of(slow))
        with system.run() as running:
            assert running.wait("pass.finished")["users"] == len(others)
            assert seen.asked[key_of(slow)] == 1
            seen.release(key_of(slow))
            assert sorted(row["user_id"] for row in check.end()) == users
            assert running.stop() == 0
    assert seen.asked[key_of(slow)] == 1
    all_is_stored_once(system, seen, users)


def test_two_checks_at_once_tell_everybody_once_each_and_probe_nobody_at_the_same_time(system, seen, users):
    slow, *others = users
    seen.hold(key_of(slow))
    with checking(system) as first:
        seen.wait(key_of(slow))
        with checking(system) as second:
            second.wait(*others)
            assert slow not in second.users()
            seen.release(key_of(slow))
            assert sorted(row["user_id"] for row in second.end()) == users
        assert sorted(row["user_id"] for row in first.end()) == users
    assert seen.asked[key_of(slow)] == 1
    all_is_stored_once(system, seen, users)


def test_what_a_killed_check_had_in_hand_is_taken_up_by_the_next_at_once(system, seen, users):
    slow, *_ = users
    seen.hold(key_of(slow))
    with checking(system) as killed:
        seen.wait(key_of(slow))
        killed.process.send_signal(signal.SIGKILL)
        assert killed.process.wait(BOUND) == -signal.SIGKILL
    assert system.tenants.value(_LEASES) > 0
    seen.release(key_of(slow))
    with checking(system) as check:
        assert sorted(row["user_id"] for row in check.end()) == users
    assert system.statuses() == dict.fromkeys(users, "healthy")
    assert system.tenants.value(_LEASES) == 0


def test_an_interrupted_check_stores_what_it_has_and_gives_back_the_rest(system, seen, users):
    system.configure(worker={"window": 1}, **{"providers.openai": {"base_url": seen.base_url}})
    seen.hold(key_of(users[3]))
    with checking(system) as check:
        seen.wait(key_of(users[3]))
        check.process.send_signal(signal.SIGINT)
        seen.release(key_of(users[3]))
        assert check.process.wait(BOUND) == 130
    assert system.statuses() == dict.fromkeys(users[:4], "healthy")
    assert system.tenants.value(_LEASES) == 0
    assert not seen.asked[key_of(users[4])]


def test_a_dry_run_beside_a_run_tells_everything_and_adds_nothing(system, seen, users):
    slow, *others = users
    seen.hold(key_of(slow))
    with system.run() as running:
        seen.wait(key_of(slow))
        running.wait("status.changed", count=len(others))
        with checking(system, "--dry-run") as check:
            check.wait(*others)
            seen.release(key_of(slow))
            assert sorted(row["user_id"] for row in check.end()) == users
        running.wait("pass.finished")
        assert running.stop() == 0
    all_is_stored_once(system, seen, users)


def test_a_dry_run_stores_nothing_and_leaves_no_lease(system, seen, users):
    system.tenants.credential(
        users[0], "openai", environment="sandbox", scope="global", text=system.seal({"apiKey": "sk-all"})
    )
    before = system.tenants.rows("select credential_id, next_due, seen_at, strikes from healthsup.checks order by 1")
    with checking(system, "--dry-run") as check:
        told = check.end()
    assert sorted((row["user_id"], row["environment"]) for row in told) == sorted(
        (user, environment) for user in users for environment in ("production", "sandbox")
    )
    assert {row["reason"] for row in told} == {"ok"}
    assert dict(seen.asked) == dict.fromkeys([*map(key_of, users), "sk-all"], 1)
    for table in (
        "api_status_snapshots",
        "api_status_history",
        "healthsup.verdict",
        "healthsup.fanout",
        "healthsup.crashes",
    ):
        assert system.tenants.value(f"select count(*) from {table}") == 0, table
    assert before == []
    assert system.tenants.value("select count(*) from healthsup.checks where seen_at is not null") == 0
    assert system.tenants.value(_LEASES) == 0


def test_a_key_that_may_be_asked_about_each_half_minute_is_not_asked_by_two_checks_in_a_row(system):
    (user,) = system.tenants.users(1)
    system.tenants.credential(user, "2captcha", text=system.seal({"apiKey": "demo-good"}))
    messages = [system.json("check", *options)[0]["message"] for options in (["--dry-run"], [], ["--dry-run"])]
    assert [message.startswith("not asked now") for message in messages] == [False, True, True]


def test_a_dry_run_of_many_comes_to_an_end_and_asks_each_once(system, seen):
    many = system.tenants.users(700)
    for user in many:
        system.tenants.credential(user, "openai", text=system.seal({"apiKey": key_of(user)}))
    with checking(system, "--dry-run") as check:
        assert sorted(row["user_id"] for row in check.end()) == many
    assert dict(seen.asked) == dict.fromkeys(map(key_of, many), 1)
    assert system.tenants.value(_LEASES) == 0
