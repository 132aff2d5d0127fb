"""Leases end, are renewed, given back and taken over; an outcome counts once, for the one who holds the attempt."""

import threading
from collections.abc import Callable, Iterator

import pytest

from supervisor.schedule import Claim
from supervisor.store import Selection
from tests.helpers.database import Databases
from tests.helpers.storing import EVERYTHING, LEASE_S, POLICY, House, load_migrated
from workers.wire import Reason


@pytest.fixture
def house(server: Databases, clone: Callable[[str], str]) -> Iterator[House]:
    with House(clone(server.template("migrated", load_migrated))) as house:
        yield house


@pytest.fixture
def claim(house: House) -> Claim:
    """One check, in hand."""
    house.rows.credential(house.rows.user("ana"), "ebay")
    (claim,) = house.claim()
    return claim


def expire(house: House) -> None:
    house.rows.run("update healthsup.checks set lease_until = now() - interval '1 ms' where leased_by is not null")


def test_a_leased_check_is_nobody_elses(house: House, claim: Claim) -> None:
    other = house.another("other")
    assert house.claim(store=other) == []
    assert other.claim_due(POLICY, limit=9, lease_for=1) == []
    assert house.store.leases() == ["me"]


def test_a_lease_that_has_ended_is_claimed_under_a_new_number(house: House, claim: Claim) -> None:
    other = house.another("other")
    expire(house)
    (again,) = house.claim(store=other)
    assert again.attempt > claim.attempt
    assert house.store.record(house.outcomes([claim]), everything=True).accepted == []
    assert other.record(house.outcomes([again]), everything=True).accepted == [claim.check]


def test_an_ended_lease_nobody_took_still_stores(house: House, claim: Claim) -> None:
    expire(house)
    assert house.store.record(house.outcomes([claim]), everything=True).accepted == [claim.check]


def test_a_foreign_owner_cannot_store(house: House, claim: Claim) -> None:
    other = house.another("other")
    assert other.record(house.outcomes([claim]), everything=True).accepted == []
    assert other.renew([claim], LEASE_S) == []
    assert other.release([claim]) == 0
    assert house.rows.snapshot(claim.user) == {}


def test_a_repeated_outcome_is_stored_once(house: House, claim: Claim) -> None:
    outcomes = house.outcomes([claim])
    first = house.store.record(outcomes + outcomes, everything=True)
    again = house.store.record(outcomes, everything=True)
    assert (first.accepted, len(first.stored)) == ([claim.check], 1)
    assert (again.accepted, again.stored) == ([], [])
    assert len(house.rows.history(claim.user)) == 1
    assert house.rows.value("select cardinality(recent) from healthsup.verdict") == 1


def test_of_two_that_store_the_same_attempt_at_once_one_counts(house: House) -> None:
    for user in house.rows.users(100):
        house.rows.credential(user, "ebay")
    outcomes = house.outcomes(house.claim())
    accepted: list[int] = []
    stores = [house.another("me") for _ in range(3)]
    gate = threading.Barrier(3)

    def work(number: int) -> None:
        gate.wait()
        accepted.extend(stores[number].record(outcomes, everything=False).accepted)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(accepted) == sorted(outcome.check for outcome in outcomes)
    assert house.rows.value("select count(*) from api_status_history") == 100


def test_a_recorded_check_is_free_due_when_told_and_seen(house: House, claim: Claim) -> None:
    since = house.store.now()
    (outcome,) = house.outcomes([claim])
    house.store.record([outcome], everything=True)
    (row,) = house.rows.rows(
        "select leased_by, lease_until, next_due, seen_at >= %s, strikes from healthsup.checks", since
    )
    assert row == (None, None, outcome.next_due, True, 0)
    assert house.store.claim_pass(POLICY, EVERYTHING, since=since, limit=9, lease_for=1) == []
    assert house.store.claim_due(POLICY, limit=9, lease_for=1) == []


def test_renewing_tells_what_is_still_ours(house: House, claim: Claim) -> None:
    lost = Claim(claim.check + 1, 1, 1, "ebay", "production", "", 0.0)
    expire(house)
    assert house.store.renew([claim, lost], LEASE_S) == [claim.check]
    assert house.claim(store=house.another("other")) == []


def test_what_is_given_back_can_be_claimed_at_once(house: House, claim: Claim) -> None:
    assert house.store.release([claim]) == 1
    (again,) = house.claim(store=house.another("other"))
    assert again.attempt > claim.attempt
    assert house.store.release([claim]) == 0


def test_a_dead_predecessors_leases_are_freed_by_name(house: House, claim: Claim) -> None:
    successor = house.another("successor")
    assert successor.release_of(["someone", "successor"]) == 0
    assert successor.release_of(successor.leases()) == 1
    assert [found.check for found in house.claim(store=successor)] == [claim.check]


def test_a_pass_knows_what_others_hold_and_tells_what_they_stored(house: House) -> None:
    admin, ana = house.rows.user("admin"), house.rows.user("ana")
    house.rows.credential(admin, "groq", scope="global")
    house.rows.credential(ana, "ebay")
    since = house.store.now()
    other = house.another("other")
    theirs = house.claim(store=other)
    assert house.store.held_by_others(POLICY, EVERYTHING, since) == 2
    assert house.store.held_by_others(POLICY, Selection(users=(ana,), apis=("ebay",)), since) == 1
    assert house.store.held_by_others(POLICY, Selection(environment="sandbox"), since) == 0
    assert other.held_by_others(POLICY, EVERYTHING, since) == 0
    other.record(house.outcomes(theirs, Reason.EXPIRED), everything=False)
    assert house.store.held_by_others(POLICY, EVERYTHING, since) == 1, "ana has not been told about groq"
    assert house.store.fan_out(everything=True) is None, "that is still theirs to do"
    other.fan_out(everything=False)
    assert house.store.held_by_others(POLICY, EVERYTHING, since) == 0
    told = house.store.told(POLICY, EVERYTHING, since)
    assert [(row.user_id, row.api, row.status, row.reason) for row in told] == [
        (admin, "groq", "unhealthy", "expired"),
        (ana, "ebay", "unhealthy", "expired"),
        (ana, "groq", "unhealthy", "expired"),
    ]
    assert other.told(POLICY, EVERYTHING, since) == told  # by whomever: a commit may not have been heard of
    assert house.store.told(POLICY, EVERYTHING, house.store.now()) == []


def test_a_dead_supervisors_fan_out_is_finished_by_its_successor(house: House) -> None:
    admin, ana = house.rows.user("admin"), house.rows.user("ana")
    house.rows.credential(admin, "groq", scope="global")
    dead = house.another("dead")
    dead.record(house.outcomes(house.claim(store=dead)), everything=False)
    assert house.store.leases() == ["dead"]
    house.store.release_of(["dead"])
    assert [stored.user_id for stored in house.fan_out()] == [ana]


def test_a_fan_out_left_lying_is_finished_by_anybody(house: House) -> None:
    admin, ana = house.rows.user("admin"), house.rows.user("ana")
    house.rows.credential(admin, "groq", scope="global")
    dead = house.another("dead")
    dead.record(house.outcomes(house.claim(store=dead)), everything=False)
    assert house.fan_out() == []
    house.rows.run("update healthsup.fanout set recorded_at = now() - interval '61 s'")
    assert [stored.user_id for stored in house.fan_out()] == [ana]
