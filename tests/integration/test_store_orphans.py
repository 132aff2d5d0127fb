"""What goes when a credential goes, what the commands read, and that users and credentials are never written."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from supervisor.blame import Death
from supervisor.store import Change, Policy
from tests.helpers.database import Databases
from tests.helpers.storing import EVERYTHING, POLICY, House, load_migrated
from workers.wire import Reason

DEATH = Death(
    at=datetime(2026, 5, 1, 12, tzinfo=UTC),
    generation=3,
    pid=4711,
    signal="SIGSEGV",
    exit_code=None,
    phase="decrypt",
    user_id=7,
    api="ebay",
    environment="production",
    judgement="guilty",
    uptime_s=1.5,
    rss_mib=30.25,
    traceback="File \0 ...",
)


@pytest.fixture
def house(server: Databases, clone: Callable[[str], str]) -> Iterator[House]:
    with House(clone(server.template("migrated", load_migrated))) as house:
        yield house


@pytest.mark.parametrize("undo", ["delete from api_credentials", 'update api_credentials set "isActive" = false'])
def test_a_snapshot_goes_with_its_credential(house: House, undo: str) -> None:
    user = house.rows.user("ana")
    house.rows.credential(user, "ebay")
    house.check(Reason.OK)
    house.rows.run(undo)
    assert house.store.remove_orphans(POLICY) == [Change(user, "ebay", "production", "healthy")]
    assert house.rows.snapshot(user) == {}
    assert house.rows.history(user) == [("healthy", None, True), ("unknown", "healthy", False)]
    assert house.store.history(user, "ebay", None, 1)[0].message == "credential removed"
    assert house.rows.value("select count(*) from healthsup.verdict") == 0
    assert house.store.remove_orphans(POLICY) == []


def test_snapshots_of_a_removed_global_row_go_except_for_those_who_have_their_own(house: House) -> None:
    admin, ana, own = (house.rows.user(name) for name in ("admin", "ana", "own"))
    shared = house.rows.credential(admin, "groq", scope="global")
    house.rows.credential(own, "groq")
    house.check()
    house.fan_out()
    assert house.store.remove_orphans(POLICY) == []
    house.rows.run("delete from api_credentials where id = %s", shared)
    assert [change.user_id for change in house.store.remove_orphans(POLICY)] == [admin, ana]
    assert house.rows.snapshot(own, "groq") != {}


def test_a_global_row_keeps_the_snapshot_of_a_user_whose_own_row_is_gone(house: House) -> None:
    admin, ana = house.rows.user("admin"), house.rows.user("ana")
    house.rows.credential(admin, "groq", scope="global")
    own = house.rows.credential(ana, "groq")
    house.check()
    house.rows.run("delete from api_credentials where id = %s", own)
    assert house.store.remove_orphans(POLICY) == []


def test_a_global_row_of_a_personal_api_keeps_nobody_elses_snapshot(house: House) -> None:
    admin, ana = house.rows.user("admin"), house.rows.user("ana")
    house.rows.credential(admin, "ebay", scope="global")
    own = house.rows.credential(ana, "ebay")
    house.check()
    house.rows.run("delete from api_credentials where id = %s", own)
    assert [change.user_id for change in house.store.remove_orphans(POLICY)] == [ana]


def test_an_alias_row_keeps_the_snapshot(house: House) -> None:
    user = house.rows.user("ana")
    house.rows.credential(user, "googletrends")
    house.check()
    assert house.store.remove_orphans(POLICY) == []


def test_snapshots_of_inactive_users_unknown_and_disabled_apis_and_other_environments_stay(house: House) -> None:
    user = house.rows.user("ana")
    house.rows.credential(user, "ebay")
    house.check()
    house.rows.run('update users set "isActive" = false')
    house.rows.run(
        'insert into api_status_snapshots ("userId", "apiName", status, "isAvailable", "isConfigured", "updatedAt")'
        " select id, name, 'healthy', true, true, now() from users, unnest(array['fax', 'groq']) name"
    )
    assert house.store.remove_orphans(Policy(apis=("ebay", "openai"))) == []
    assert [change.api for change in house.store.remove_orphans(POLICY)] == ["groq"]


def test_many_orphans_go_in_batches(house: House) -> None:
    for user in house.rows.users(1100):
        house.rows.run(
            'insert into api_status_snapshots ("userId", "apiName", status, "isAvailable", "isConfigured", "updatedAt")'
            " values (%s, 'groq', 'healthy', true, true, now())",
            user,
        )
    assert len(house.store.remove_orphans(POLICY)) == 1100


def test_the_present_state_is_read_in_pages_and_by_user_and_api(house: House) -> None:
    users = house.rows.users(600)
    house.rows.credential(users[0], "groq", scope="global")
    house.rows.credential(users[0], "openai", scope="global")
    house.check(Reason.EXPIRED)
    house.fan_out()
    found = [(row.user_id, row.api) for row in house.store.snapshots()]
    assert found == [(user, api) for user in users for api in ("groq", "openai")]
    (row,) = house.store.snapshots(users[5], "openai")
    assert (row.status, row.reason, row.fault, row.available, row.message) == (
        "unhealthy", "expired", "tenant", False, "said expired",
    )  # fmt: skip
    assert row.checked_at == house.now
    assert len(list(house.store.snapshots(api="groq"))) == 600


def test_history_is_read_newest_first(house: House) -> None:
    user = house.rows.user("ana")
    house.rows.credential(user, "ebay")
    house.rows.credential(user, "ebay", environment="sandbox")
    for reason in (Reason.OK, Reason.EXPIRED, Reason.OK):
        house.check(reason)
    found = house.store.history(user, "ebay", "sandbox", 2)
    assert [(row.status, row.previous, row.at) for row in found] == [
        ("healthy", "unhealthy", house.now),
        ("unhealthy", "healthy", house.now - timedelta(seconds=1)),
    ]
    assert len(house.store.history(user, "ebay", None, 99)) == 6


def test_deaths_are_kept_and_read_newest_first(house: House) -> None:
    house.store.record_death(DEATH)
    later = replace(DEATH, at=DEATH.at + timedelta(seconds=1), user_id=None, api=None, traceback=None, phase=None)
    house.store.record_death(later)
    assert house.store.crashes(1) == [later]
    assert house.store.crashes(9) == [later, replace(DEATH, traceback="File \N{REPLACEMENT CHARACTER} ...")]


def test_old_history_of_known_apis_is_pruned_in_batches(house: House) -> None:
    user = house.rows.user("ana")
    house.rows.run(
        'insert into api_status_history ("userId", "apiName", status, "isAvailable", "isConfigured", "changedAt")'
        " select %s, name, 'healthy', true, true, now() - make_interval(days => days)"
        " from unnest(array['ebay', 'fax']) name, unnest(array[9, 11]) days, generate_series(1, 3000)",
        user,
    )
    assert house.store.prune(10, POLICY.apis) == 3000
    assert house.store.prune(8, POLICY.apis) == 3000
    assert house.rows.value("select count(*) from api_status_history") == 6000, "other programs' rows stay"


def test_users_and_credentials_are_byte_for_byte_what_they_were(house: House) -> None:
    users = house.rows.users(40)
    for user in users[::2]:
        house.rows.credential(user, "ebay")
        house.rows.credential(user, "googletrends", active=user % 3 == 0)
    house.rows.credential(users[0], "groq", scope="global")
    before = house.rows.fingerprint()
    house.store.migrate()
    for reason in Reason:
        house.check(reason)
        house.fan_out()
    house.store.record(house.outcomes(house.claim()), everything=True, keep=False)
    house.store.release_of(["other"])
    house.store.remove_orphans(POLICY)
    house.store.prune(1, POLICY.apis)
    house.store.told(POLICY, EVERYTHING, house.now)
    assert house.rows.fingerprint() == before
