"""Incidents in the database: opened once whoever is first, closed once, each host's egress its own."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from supervisor.store import Store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def stores(empty_database):
    """Two supervisors, one on each of two hosts."""
    owners = ("here/boot/1/2/3/4", "there/boot/1/2/3/4")
    made = [Store(empty_database, schema=None, pool_max=2, pool_timeout=5, owner=owner).open() for owner in owners]
    made[0].migrate()
    yield made
    for store in made:
        store.close()


def listed(store):
    return [(row.api, row.kind, row.closed_at is None, row.users) for row in store.incidents()]


def test_of_several_supervisors_one_opens_an_incident_and_one_closes_it(stores):
    here, there = stores
    assert here.open_incident("ebay", "outage", NOW, 3)
    assert not there.open_incident("ebay", "outage", NOW, 9)
    assert [(row.api, row.users) for row in there.open_incidents()] == [("ebay", 3)]
    here.count_incident("ebay", "outage", 5)
    here.count_incident("ebay", "outage", 4)
    assert there.close_incident("ebay", "outage", NOW + timedelta(hours=1), 2) == 5, "nobody is forgotten"
    assert here.close_incident("ebay", "outage", NOW + timedelta(hours=1), 7) is None
    assert listed(here) == [("ebay", "outage", False, 5)]


def test_another_one_of_the_same_provider_is_another_incident(stores):
    here, _ = stores
    for hour in range(2):
        assert here.open_incident("ebay", "outage", NOW + timedelta(hours=hour), 1)
        assert here.close_incident("ebay", "outage", NOW + timedelta(hours=hour, minutes=30), 1) == 1
    assert here.open_incident("ebay", "rate_limit", NOW, 1)
    assert here.open_incident("stripe", "outage", NOW - timedelta(days=1), 1)
    assert listed(here) == [
        ("ebay", "rate_limit", True, 1),
        ("stripe", "outage", True, 1),
        ("ebay", "outage", False, 1),
        ("ebay", "outage", False, 1),
    ], "open ones first, then the newest"


def test_each_host_has_an_egress_of_its_own(stores):
    here, there = stores
    assert here.open_incident(None, "egress", NOW, 10)
    assert there.open_incidents() == []
    assert there.open_incident(None, "egress", NOW, 20)
    assert [row.users for row in here.open_incidents()] == [10]
    assert there.close_incident(None, "egress", NOW, 20) == 20
    assert [row.users for row in here.open_incidents()] == [10]


def test_a_clock_that_was_set_back_ends_nothing_before_it_began(stores):
    here, _ = stores
    here.open_incident("ebay", "outage", NOW, 1)
    here.close_incident("ebay", "outage", NOW - timedelta(hours=1), 1)
    (row,) = here.incidents()
    assert row.closed_at == row.opened_at == NOW


def test_what_is_over_for_long_is_forgotten_and_what_a_host_that_is_gone_left_open_is_over(stores):
    here, there = stores
    now = datetime.now(UTC)
    for days in (400, 300):
        at = now - timedelta(days=days)
        assert here.open_incident("ebay", "outage", at, days)
        assert here.close_incident("ebay", "outage", at, days)
    assert here.open_incident("stripe", "outage", now - timedelta(days=400), 1)
    assert here.open_incident(None, "egress", now - timedelta(days=2), 2)
    assert there.open_incident(None, "egress", now - timedelta(hours=2), 3)
    there.prune_incidents(365)
    assert sorted(listed(here), key=str) == [
        ("ebay", "outage", False, 300),
        ("stripe", "outage", True, 1),
        (None, "egress", False, 2),
        (None, "egress", True, 3),
    ]


def test_the_egress_of_a_host_that_is_at_work_stays_open(stores, empty_database):
    here, there = stores
    assert here.open_incident(None, "egress", datetime.now(UTC) - timedelta(days=2), 2)
    with psycopg.connect(empty_database) as connection:
        connection.execute(
            "insert into healthsup.checks (credential_id, user_id, api, environment, next_due, seen_at, seen_by)"
            " values (1, 1, 'ebay', 'production', now(), now(), %s)",
            (here.owner,),
        )
    there.prune_incidents(365)
    assert listed(here) == [(None, "egress", True, 2)]
