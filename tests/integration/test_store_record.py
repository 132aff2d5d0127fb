"""What one outcome does to the backend's snapshot and history."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from supervisor.assess import Status
from tests.helpers.database import Databases
from tests.helpers.storing import House, load_migrated
from workers.wire import Reason

NODE_INSERT = """
insert into api_status_snapshots ("userId", "apiName", environment, status, "isAvailable", "isConfigured", error, message,
  latency, "trustScore", "lastChecked", "updatedAt")
values (%s, 'ebay', 'production', %s, %s, true, %s, 'by node', 77, 55, %s, %s)
on conflict ("userId", "apiName", environment) do update set status = excluded.status,
  "isAvailable" = excluded."isAvailable", error = excluded.error, message = excluded.message,
  latency = excluded.latency, "trustScore" = 55, "lastChecked" = excluded."lastChecked"
"""


@pytest.fixture
def house(server: Databases, clone: Callable[[str], str]) -> Iterator[House]:
    with House(clone(server.template("migrated", load_migrated))) as house:
        house.rows.credential(house.rows.user("ana"), "ebay")
        yield house


ANA = 1


def node_writes(house: House, status: str, at: datetime, *, available: bool = True, error: str | None = None) -> None:
    naive = at.astimezone(UTC).replace(tzinfo=None)
    house.rows.run(NODE_INSERT, ANA, status, available, error, naive, naive)


def fields(house: House, *names: str) -> tuple[Any, ...]:
    snapshot = house.rows.snapshot(ANA)
    return tuple(snapshot[name] for name in names)


def test_a_first_outcome_makes_snapshot_and_history(house: House) -> None:
    (stored,) = house.check(Reason.OK).stored
    snapshot = house.rows.snapshot(ANA)
    naive = house.now.replace(tzinfo=None)
    assert {key: snapshot[key] for key in ("status", "isAvailable", "isConfigured", "error", "latency", "trustScore")} == {
        "status": "healthy", "isAvailable": True, "isConfigured": True, "error": None, "latency": 12, "trustScore": 100.0,
    }  # fmt: skip
    assert snapshot["lastChecked"] == naive
    assert (stored.previous, stored.changed, stored.checked_at) == (None, True, house.now)
    query = (
        'select "apiName", status, "previousStatus", "changedAt", error, latency, "trustScore" from api_status_history'
    )
    assert house.rows.rows(query) == [("ebay", "healthy", None, naive, None, 12, 100.0)]


def test_instants_are_utc_without_zone_cut_to_milliseconds(house: House) -> None:
    (outcome,) = house.outcomes(house.claim())
    at = datetime.fromisoformat("2026-05-01T12:00:00.123999+05:00")
    house.store.record([replace(outcome, at=at)], everything=True)
    assert fields(house, "lastChecked") == (datetime.fromisoformat("2026-05-01T07:00:00.123"),)
    (row,) = house.rows.rows(
        "select now() at time zone 'UTC' - s.\"updatedAt\", now() at time zone 'UTC' - h.\"createdAt\""
        " from api_status_snapshots s, api_status_history h"
    )
    assert all(timedelta(0) <= age < timedelta(minutes=1) for age in row)  # type: ignore[operator]


def test_history_grows_only_when_status_or_availability_changes(house: House) -> None:
    for reason in (Reason.OK, Reason.OK, Reason.EXPIRED, Reason.UNREACHABLE, Reason.BLOCKED, Reason.BLOCKED, Reason.OK):
        house.check(reason)
    assert house.rows.history(ANA) == [
        ("healthy", None, True),
        ("unhealthy", "healthy", False),
        ("unknown", "unhealthy", False),
        ("healthy", "unknown", True),
    ]


def test_an_availability_change_alone_is_a_change(house: House) -> None:
    node_writes(house, "unhealthy", house.now, available=True)
    house.check(Reason.EXPIRED)
    assert house.rows.history(ANA) == [("unhealthy", "unhealthy", False)]


def test_our_own_trouble_keeps_the_availability_and_the_trust(house: House) -> None:
    house.check(Reason.OK)
    house.check(Reason.DEADLINE)
    assert fields(house, "status", "isAvailable", "error", "trustScore") == (
        "unknown", True, "deadline: said deadline", 100.0,
    )  # fmt: skip


def test_our_own_trouble_at_first_sight_says_not_available(house: House) -> None:
    house.check(Reason.WORKER_CRASH)
    assert fields(house, "status", "isAvailable", "isConfigured") == ("unknown", False, True)


def test_a_validation_at_first_sight_is_unknown_with_an_error(house: House) -> None:
    house.check(Reason.VALID_UNPROBED)
    assert fields(house, "status", "isAvailable", "error") == ("unknown", True, "valid_unprobed: said valid_unprobed")


@pytest.mark.parametrize("before", [Reason.OK, Reason.EXPIRED, Reason.INSUFFICIENT_SCOPE, Reason.BLOCKED])
def test_a_validation_keeps_status_error_latency_and_availability(house: House, before: Reason) -> None:
    house.check(before)
    kept = fields(house, "status", "error", "latency", "isAvailable", "trustScore")
    (stored,) = house.check(Reason.VALID_UNPROBED).stored
    assert fields(house, "status", "error", "latency", "isAvailable", "trustScore") == kept
    assert fields(house, "message", "lastChecked") == ("said valid_unprobed", house.now.replace(tzinfo=None))
    assert (stored.reason, stored.changed) == ("valid_unprobed", False)


def test_a_kept_status_other_than_healthy_never_stays_without_an_error(house: House) -> None:
    node_writes(house, "degraded", house.now, error=None)
    house.check(Reason.VALID_UNPROBED)
    assert fields(house, "status", "error") == ("degraded", "valid_unprobed: said valid_unprobed")


def test_a_kept_healthy_status_never_keeps_an_error(house: House) -> None:
    node_writes(house, "healthy", house.now, error="left over")
    house.check(Reason.VALID_UNPROBED)
    assert fields(house, "status", "error") == ("healthy", None)


def test_missing_fields_are_not_configured(house: House) -> None:
    house.check(Reason.MISSING_FIELDS)
    assert fields(house, "status", "isAvailable", "isConfigured") == ("unhealthy", False, False)


def test_an_older_outcome_never_overwrites_a_newer_snapshot(house: House) -> None:
    node_writes(house, "degraded", house.now + timedelta(hours=1), error="by node")
    recorded = house.check(Reason.OK)
    (told,) = recorded.stored
    assert (recorded.accepted, told.status, told.reason) == ([1], "healthy", "ok"), "told as it was found"
    assert (told.superseded, told.changed, told.previous) == (True, False, "degraded")
    assert fields(house, "status", "message") == ("degraded", "by node")
    assert house.rows.history(ANA) == []
    (snapshot,) = house.store.snapshots()
    assert (snapshot.reason, snapshot.fault) == (None, None), "not what we found"


def test_an_older_outcome_of_ours_is_not_stored_even_when_the_snapshot_is_gone(house: House) -> None:
    house.check(Reason.OK)
    house.rows.run("delete from api_status_snapshots")
    house.now -= timedelta(hours=1)
    (told,) = house.check(Reason.EXPIRED).stored
    assert (told.superseded, told.changed, told.previous) == (True, False, None)
    assert house.rows.snapshot(ANA) == {}


def test_an_outcome_of_the_same_millisecond_is_not_older(house: House) -> None:
    node_writes(house, "degraded", house.now + timedelta(seconds=1))
    assert house.check(Reason.OK).stored[0].previous == "degraded"


def test_an_alias_is_stored_under_its_canonical_name(house: House) -> None:
    house.rows.run('update api_credentials set "apiName" = %s', "googletrends")
    house.check()
    assert house.rows.snapshot(ANA) == {}
    assert house.rows.snapshot(ANA, "serpapi")["status"] == "healthy"


@pytest.mark.parametrize(
    "undo",
    [
        'update api_credentials set "isActive" = false',
        "delete from api_credentials",
        'update users set "isActive" = false',
        "delete from users",
        "update api_credentials set \"apiName\" = 'fax'",
    ],
)
def test_what_was_taken_away_while_it_was_checked_leaves_no_row(house: House, undo: str) -> None:
    claims = house.claim()
    house.rows.run(undo)
    recorded = house.store.record(house.outcomes(claims), everything=True)
    assert (recorded.accepted, recorded.stored) == ([1], [])
    assert house.rows.value("select count(*) from api_status_snapshots") == 0


def test_a_row_that_was_overshadowed_while_it_was_checked_stores_nothing(house: House) -> None:
    house.rows.run("update api_credentials set \"apiName\" = 'googletrends'")
    claims = house.claim()
    house.rows.credential(ANA, "serpapi")
    assert house.store.record(house.outcomes(claims), everything=True).stored == []
    assert [stored.reason for stored in house.check(Reason.EXPIRED).stored] == ["expired"]


def test_hostile_texts_do_not_stop_the_other_outcomes(house: House) -> None:
    house.rows.credential(ANA, "groq")
    first, second = house.outcomes(house.claim())
    hostile = replace(first, message="nul \0 lone \ud800 \x1b[31m", error="blocked: \0", status=Status.UNKNOWN)
    assert len(house.store.record([hostile, second], everything=True).stored) == 2
    assert fields(house, "message") == ("nul \N{REPLACEMENT CHARACTER} lone ? \x1b[31m",)


def test_a_rehearsal_stores_nothing_and_says_the_same(house: House) -> None:
    house.rows.user("ben")
    house.rows.credential(ANA, "groq", scope="global")
    claims = house.claim()
    outcomes = house.outcomes(claims, Reason.EXPIRED)
    rehearsed = house.store.record(outcomes, everything=True, keep=False)
    assert house.rows.value("select count(*) from api_status_snapshots") == 0
    assert house.rows.value("select count(*) from healthsup.fanout") == 0
    assert house.store.renew(claims, 9) == [claim.check for claim in claims]
    real = house.store.record(outcomes, everything=True)
    told = house.fan_out()
    assert rehearsed.accepted == real.accepted
    assert rehearsed.stored == real.stored + told
    assert len(told) == 1


def test_unchanged_snapshots_are_told_only_when_asked_for(house: House) -> None:
    house.check()
    for everything, told in ((False, 0), (True, 1)):
        outcomes = house.outcomes(house.claim())
        assert len(house.store.record(outcomes, everything=everything).stored) == told
