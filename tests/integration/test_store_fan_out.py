"""One global row, everybody who falls back to it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from supervisor.store import Policy
from supervisor.store.results import CHUNK
from tests.helpers.database import Databases
from tests.helpers.storing import House, load_migrated, store_at
from tests.helpers.tenants import as_role
from workers.wire import Reason

USERS = 2 * CHUNK + 100


@pytest.fixture
def house(server: Databases, clone: Callable[[str], str]) -> Iterator[House]:
    with House(clone(server.template("migrated", load_migrated))) as house:
        yield house


def statuses(house: House, api: str = "groq") -> dict[str, int]:
    query = 'select status, count(*)::int from api_status_snapshots where "apiName" = %s group by 1'
    return {str(status): count for status, count in house.rows.rows(query, api) if isinstance(count, int)}


def test_everybody_active_without_a_row_of_their_own_is_told(house: House) -> None:
    admin, own, idle, alias, other, inactive_own = (
        house.rows.user(name, active=name != "idle") for name in ("admin", "own", "idle", "alias", "other", "was")
    )
    shared = house.rows.credential(admin, "serpapi", scope="global")
    house.rows.credential(own, "serpapi")
    house.rows.credential(alias, "googletrends")
    house.rows.credential(other, "serpapi", environment="sandbox")
    house.rows.credential(inactive_own, "serpapi", active=False)
    claims = [claim for claim in house.claim() if claim.check == shared]
    recorded = house.store.record(house.outcomes(claims, Reason.EXPIRED), everything=True)
    assert [stored.user_id for stored in recorded.stored] == [admin]
    told = house.fan_out()
    assert sorted(stored.user_id for stored in told) == sorted([other, inactive_own])
    assert {(stored.status, stored.reason, stored.fault) for stored in told} == {("unhealthy", "expired", "tenant")}
    assert house.rows.snapshot(idle, "serpapi") == {}


def test_an_inactive_or_otherwise_provided_owner_is_not_told(house: House) -> None:
    inactive, owner = house.rows.user("inactive", active=False), house.rows.user("owner")
    house.rows.credential(inactive, "groq", scope="global")
    house.rows.credential(owner, "openai", scope="global")
    own = house.rows.credential(owner, "openai")
    ana = house.rows.user("ana")
    recorded = house.store.record(house.outcomes(house.claim()), everything=True)
    assert [(stored.user_id, stored.api) for stored in recorded.stored] == [(owner, "openai")]
    assert house.rows.value("select credential_id from healthsup.verdict where api = 'openai'") == own
    assert sorted((stored.user_id, stored.api) for stored in house.fan_out()) == [
        (owner, "groq"), (ana, "groq"), (ana, "openai"),
    ]  # fmt: skip


def test_a_personal_api_is_never_told_to_others(house: House) -> None:
    admin = house.rows.user("admin")
    house.rows.user("ana")
    house.rows.credential(admin, "ebay", scope="global")
    house.check()
    assert house.fan_out() == []
    assert statuses(house, "ebay") == {"healthy": 1}


def test_dormant_users_are_left_out_where_the_policy_says_so(house: House) -> None:
    admin, dormant, awake = (house.rows.user(name) for name in ("admin", "dormant", "awake"))
    house.rows.run("update users set \"createdAt\" = now() - interval '9 days' where id = %s", dormant)
    house.rows.credential(admin, "groq", scope="global")
    claims = house.claim(policy=Policy(active_within_days=7))
    house.store.record(house.outcomes(claims), everything=True, active_within_days=7)
    assert [stored.user_id for stored in house.fan_out()] == [awake]


def test_a_crash_between_two_chunks_loses_and_repeats_nobody(house: House) -> None:
    users = house.rows.users(USERS)
    house.rows.credential(users[0], "groq", scope="global")
    house.check(Reason.OK)
    first = house.store.fan_out(everything=True)
    assert first is not None
    with store_at(as_role(house.conninfo)) as successor:
        rest = [stored for _ in range(2) for stored in successor.fan_out(everything=True) or []]
        assert successor.fan_out(everything=True) is None
    assert sorted(stored.user_id for stored in first + rest) == users[1:]
    assert house.rows.value("select count(*)::int from api_status_history") == USERS
    assert house.rows.value("select max(cardinality(recent)) from healthsup.verdict") == 1


def test_a_chunk_that_fails_moves_nothing(house: House) -> None:
    users = house.rows.users(3)
    house.rows.credential(users[0], "groq", scope="global")
    house.check()
    with house.store.transaction(keep=False) as session:
        house.store._chunk(session, everything=True, abandoned=60)
    assert statuses(house) == {"healthy": 1}
    assert len(house.fan_out()) == 2


def test_two_outcomes_are_told_in_their_order_even_when_the_first_is_late(house: House) -> None:
    users = house.rows.users(USERS)
    house.rows.credential(users[0], "groq", scope="global")
    house.check(Reason.OK)
    house.store.fan_out(everything=False)
    house.check(Reason.EXPIRED)
    house.fan_out()
    assert statuses(house) == {"unhealthy": USERS}
    assert house.rows.value("select count(*)::int from healthsup.verdict where recent = '{unhealthy,healthy}'") == USERS
    assert house.rows.history(users[-1], "groq") == [("healthy", None, True), ("unhealthy", "healthy", False)]


def test_an_older_outcome_never_overwrites_what_a_user_has_got_meanwhile(house: House) -> None:
    admin, ana = house.rows.user("admin"), house.rows.user("ana")
    house.rows.credential(admin, "groq", scope="global")
    house.check(Reason.EXPIRED)
    newer = house.now.replace(tzinfo=None) + timedelta(seconds=5)
    house.rows.run(
        'insert into api_status_snapshots ("userId", "apiName", status, "isAvailable", "isConfigured", "lastChecked",'
        " \"updatedAt\") values (%s, 'groq', 'healthy', true, true, %s, now())",
        ana,
        newer,
    )
    (told,) = house.fan_out()
    assert (told.user_id, told.reason, told.superseded, told.changed) == (ana, "expired", True, False)
    assert house.rows.snapshot(ana, "groq")["status"] == "healthy"


@pytest.mark.parametrize(
    "undo",
    [
        "delete from api_credentials where scope = 'global'",
        "update api_credentials set \"isActive\" = false where scope = 'global'",
        "update api_credentials set scope = 'user'",
        "update api_credentials set \"apiName\" = 'openai'",
    ],
)
def test_a_row_that_is_shared_no_more_tells_nobody_else(house: House, undo: str) -> None:
    admin = house.rows.user("admin")
    house.rows.user("ana")
    house.rows.credential(admin, "groq", scope="global")
    house.check()
    house.rows.run(undo)
    assert house.fan_out() == []
    assert house.rows.value("select count(*) from healthsup.fanout") == 0
    assert statuses(house) == {"healthy": 1}


def test_a_global_row_that_another_has_replaced_tells_nobody_else(house: House) -> None:
    first, second = house.rows.user("first"), house.rows.user("second")
    house.rows.credential(first, "groq", scope="global", age_s=100)
    house.check(Reason.EXPIRED)
    house.rows.credential(second, "groq", scope="global")
    assert house.fan_out() == []
    house.check(Reason.OK)
    assert sorted(stored.user_id for stored in house.fan_out()) == [first]
    assert statuses(house) == {"healthy": 2}
