"""What an answer brings beside its verdict, in the database: waiting, its story, its end, and its budgets."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.helpers.database import Databases
from tests.helpers.storing import LEASE_S, POLICY, House, load_migrated
from workers.wire import MAX_INSTANT, Reason, Spent


@pytest.fixture
def house(server: Databases, clone: Callable[[str], str]) -> Iterator[House]:
    with House(clone(server.template("migrated", load_migrated))) as house:
        house.rows.credential(house.rows.user("ana"), "groq")
        yield house


ANA = 1
KEY, OTHER = "0" * 32, "f" * 32


def waits(house: House, *, story: bytes = b"") -> None:
    outcomes = house.outcomes(house.claim(), Reason.VALID_UNPROBED, latency_ms=None, waiting=True, story=story)
    assert len(house.store.record(outcomes, everything=True).stored) == 1


def told(house: House, user: int = ANA) -> tuple[object, ...]:
    (snapshot,) = house.store.snapshots(user)
    row = house.rows.snapshot(user, "groq")
    return (snapshot.status, snapshot.reason, snapshot.fault, row["error"], row["latency"], row["trustScore"])


@pytest.mark.parametrize("before", [Reason.OK, Reason.INVALID_CREDENTIAL, Reason.RATE_LIMITED, Reason.BLOCKED])
def test_while_it_waits_the_last_verdict_holds_but_for_its_message(house: House, before: Reason) -> None:
    house.check(before)
    kept = told(house)
    waits(house)
    assert told(house) == kept
    assert house.rows.snapshot(ANA, "groq")["message"] == "said valid_unprobed"
    assert len(house.rows.history(ANA, "groq")) == 1


def test_a_first_look_that_has_to_wait_is_unknown(house: House) -> None:
    waits(house)
    assert told(house) == ("unknown", "valid_unprobed", None, "valid_unprobed: said valid_unprobed", None, 100.0)


def test_the_verdict_holds_beyond_a_start_that_only_validates(house: House) -> None:
    house.check(Reason.INVALID_CREDENTIAL)
    kept = told(house)
    house.check(Reason.VALID_UNPROBED)
    assert told(house)[:2] == ("unhealthy", "valid_unprobed")
    claims = house.claim()
    assert [claim.previous for claim in claims] == ["invalid_credential"]
    house.store.release(claims)
    waits(house)
    assert told(house) == kept


def test_who_falls_back_to_a_row_that_waits_keeps_their_own_last_verdict(house: House) -> None:
    house.rows.run("delete from api_credentials")
    ben = house.rows.user("ben")
    house.rows.credential(ANA, "groq", scope="global")
    for reason, waiting in ((Reason.QUOTA_EXHAUSTED, False), (Reason.VALID_UNPROBED, True)):
        house.store.record(house.outcomes(house.claim(), reason, waiting=waiting), everything=True)
        house.fan_out()
    assert told(house, ben)[:3] == ("unhealthy", "quota_exhausted", "tenant")


def test_a_story_is_kept_as_it_came_and_none_is_null(house: House) -> None:
    hostile = bytes(range(256))
    for story, stored in ((hostile, hostile), (b"", None)):
        house.store.record(house.outcomes(house.claim(), story=story), everything=True)
        assert house.rows.value("select story from healthsup.checks") == stored


def test_an_outcome_that_keeps_the_status_keeps_its_story_until_the_credential_changes(house: House) -> None:
    house.store.record(house.outcomes(house.claim(), story=b"asked"), everything=True)
    waits(house, story=b"not asked")
    assert house.rows.value("select story from healthsup.checks") == b"asked"
    house.rows.run("update api_credentials set credentials = 'another'")
    waits(house, story=b"not asked")
    assert house.rows.value("select story from healthsup.checks") == b"not asked"


def test_a_claim_brings_back_when_it_ends_and_what_was_told(house: House) -> None:
    (outcome,) = house.outcomes(house.claim())
    house.store.record([replace(outcome, expires_at=1.9e9, warned=7)], everything=True)
    (claim,) = house.claim()
    assert (claim.expires_at, claim.warned) == (1.9e9, 7)
    house.store.record([replace(outcome, attempt=claim.attempt)], everything=True)
    assert [(claim.expires_at, claim.warned) for claim in house.claim()] == [(None, None)]


def test_a_row_that_was_saved_anew_is_due_however_long_its_provider_asked_to_be_left_alone(house: House) -> None:
    (outcome,) = house.outcomes(house.claim())
    house.store.record([replace(outcome, next_due=house.now + timedelta(days=31))], everything=True)
    assert house.store.sync(POLICY) == 0
    house.rows.run("update api_credentials set credentials = 'new', \"updatedAt\" = \"updatedAt\" + interval '1 ms'")
    assert house.store.claim_due(POLICY, limit=9, lease_for=LEASE_S) == []
    assert (house.store.sync(POLICY), house.store.sync(POLICY)) == (1, 0)
    (claim,) = house.store.claim_due(POLICY, limit=9, lease_for=LEASE_S)
    house.store.record(
        [replace(outcome, attempt=claim.attempt, next_due=house.now + timedelta(days=31))], everything=True
    )
    assert house.store.sync(POLICY) == 0


def test_budgets_come_back_as_they_were_saved_the_newest_first(house: House) -> None:
    now = house.store.now().timestamp()
    saved = [Spent(OTHER, 0.25, now - 5, MAX_INSTANT), Spent(KEY, 14.5, now - 9, 0.0)]
    house.store.save_budgets(saved)
    assert house.store.budgets() == saved


def test_of_two_states_of_a_budget_the_newer_counts_and_of_two_waits_the_longer(house: House) -> None:
    now = house.store.now().timestamp()
    for spent in (Spent(KEY, 3.0, now - 5, now + 9), Spent(KEY, 4.0, now - 9, now + 99), Spent(KEY, 2.0, now - 1, 0.0)):
        house.store.save_budgets([spent])
    (one,) = house.store.budgets()
    assert (one.tokens, one.at, one.until) == (2.0, now - 1, pytest.approx(now + 99, abs=1e-5))


def test_a_budget_from_the_future_is_as_old_as_its_saving(house: House) -> None:
    house.store.save_budgets([Spent(KEY, 1.0, MAX_INSTANT, 0.0)])
    assert house.store.budgets()[0].at <= house.store.now().timestamp()


def test_budgets_that_are_full_again_or_nobodys_are_forgotten_and_the_table_is_bounded(house: House) -> None:
    now, day = house.store.now().timestamp(), 86_400
    house.store.save_budgets(
        [
            Spent("1" * 32, 0.0, now - day, 0.0),
            Spent("2" * 32, 0.0, now - 3 * day, 0.0),
            Spent("3" * 32, 0.0, now - 31 * day, MAX_INSTANT),
            Spent("4" * 32, 0.0, now - 33 * day, MAX_INSTANT),
        ]
    )
    assert house.store.prune_budgets() == 2
    assert [spent.key[0] for spent in house.store.budgets()] == ["1", "3"]
    house.rows.run(
        "insert into healthsup.budgets select md5(n::text), 0, now(), now() from generate_series(1, 20005) n"
    )
    house.store.prune_budgets()
    assert house.rows.value("select count(*) from healthsup.budgets") == 20_000
