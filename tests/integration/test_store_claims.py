"""Which credential a user has, and who gets it in hand."""

import threading
from collections.abc import Callable, Iterator

import pytest

from supervisor.store import Policy, Selection
from tests.helpers.database import Databases
from tests.helpers.storing import LEASE_S, POLICY, House, load_migrated, served
from workers.wire import MAX_CIPHERTEXT_CHARS, Reason


@pytest.fixture
def house(server: Databases, clone: Callable[[str], str]) -> Iterator[House]:
    with House(clone(server.template("migrated", load_migrated))) as house:
        yield house


def test_a_claim_carries_what_the_worker_needs(house: House) -> None:
    user = house.rows.user("ana")
    check = house.rows.credential(user, "googletrends", environment="sandbox", text="secret text")
    (claim,) = house.claim()
    assert (claim.check, claim.user, claim.api, claim.environment) == (check, user, "serpapi", "sandbox")
    assert (claim.ciphertext, claim.strikes) == ("secret text", 0)
    assert claim.attempt >= 1
    assert claim.next_due <= house.store.now().timestamp()


def test_a_claim_tells_when_its_row_was_saved_and_which_verdict_stands(house: House) -> None:
    house.rows.credential(house.rows.user("ana"), "groq", age_s=3600)
    (claim,) = house.claim()
    assert claim.saved_at == pytest.approx(house.store.now().timestamp() - 3600, abs=60)
    assert (claim.previous, claim.expires_at, claim.warned) == (None, None, None)
    house.store.record(house.outcomes([claim], Reason.EXPIRED), everything=True)
    assert [claim.previous for claim in house.claim()] == ["expired"]


def test_the_verdict_on_another_row_is_not_this_rows_previous_one(house: House) -> None:
    admin = house.rows.user("admin")
    house.rows.user("ana")
    shared = house.rows.credential(admin, "groq", scope="global")
    own = house.rows.credential(admin, "groq")
    house.check(Reason.OK)
    assert {claim.check: claim.previous for claim in house.claim()} == {shared: None, own: "ok"}


def test_a_row_saved_at_no_time_at_all_is_claimed_too(house: House) -> None:
    house.rows.credential(house.rows.user("ana"), "groq")
    house.rows.run('update api_credentials set "updatedAt" = %s', "infinity")
    assert [claim.saved_at for claim in house.claim()] == [float("inf")]


def test_a_users_own_row_beats_every_global_one(house: House) -> None:
    admin, user = house.rows.user("admin"), house.rows.user("ana")
    house.rows.credential(admin, "groq", scope="global")
    own = house.rows.credential(user, "groq", age_s=1000)
    found = {claim.check: claim.user for claim in house.claim()}
    assert found[own] == user
    assert len(found) == 2, "the admin still falls back to the global row"


def test_a_global_row_is_claimed_once_whoever_uses_it(house: House) -> None:
    admin = house.rows.user("admin")
    house.rows.users(5)
    shared = house.rows.credential(admin, "groq", scope="global")
    assert [(claim.check, claim.user) for claim in house.claim()] == [(shared, admin)]


def test_a_global_row_whose_owner_is_inactive_still_serves(house: House) -> None:
    admin = house.rows.user("admin", active=False)
    house.rows.user("ana")
    house.rows.credential(admin, "groq", scope="global")
    assert served(house.claim()) == [(admin, "groq")]


def test_a_global_row_that_nobody_needs_is_not_claimed(house: House) -> None:
    admin, user = house.rows.user("admin"), house.rows.user("ana")
    house.rows.credential(admin, "groq", scope="global")
    house.rows.credential(admin, "groq")
    house.rows.credential(user, "groq")
    house.rows.user("idle", active=False)
    assert served(house.claim()) == [(admin, "groq"), (user, "groq")]


@pytest.mark.parametrize("api", ["ebay", "amazon", "mercadolibre", "paypal"])
def test_a_global_row_of_a_personal_api_serves_its_owner_alone(house: House, api: str) -> None:
    admin, inactive = house.rows.user("admin"), house.rows.user("gone", active=False)
    house.rows.user("ana")
    house.rows.credential(admin, api, scope="global")
    house.rows.credential(inactive, api, scope="global")
    assert served(house.claim()) == [(admin, api)]


def test_a_users_own_row_beats_their_own_global_row_of_a_personal_api(house: House) -> None:
    admin = house.rows.user("admin")
    house.rows.credential(admin, "ebay", scope="global")
    own = house.rows.credential(admin, "ebay", age_s=1000)
    assert [claim.check for claim in house.claim()] == [own]


def test_the_canonical_name_beats_an_alias_even_a_newer_one(house: House) -> None:
    user = house.rows.user("ana")
    canonical = house.rows.credential(user, "serpapi", age_s=1000)
    house.rows.credential(user, "googletrends")
    assert [claim.check for claim in house.claim()] == [canonical]


def test_of_two_aliases_the_newer_row_is_used(house: House) -> None:
    user = house.rows.user("ana")
    newer = house.rows.credential(user, "serp-api")
    house.rows.credential(user, "googletrends", age_s=1000)
    assert [claim.check for claim in house.claim()] == [newer]


def test_an_own_alias_row_beats_a_global_canonical_one(house: House) -> None:
    admin, user = house.rows.user("admin", active=False), house.rows.user("ana")
    house.rows.credential(admin, "serpapi", scope="global")
    own = house.rows.credential(user, "googletrends")
    assert [claim.check for claim in house.claim()] == [own]


def test_of_two_global_rows_the_newer_one_is_used(house: House) -> None:
    first, second = house.rows.user("first"), house.rows.user("second")
    house.rows.credential(first, "groq", scope="global", age_s=1000)
    newer = house.rows.credential(second, "groq", scope="global")
    assert [claim.check for claim in house.claim()] == [newer]


def test_environments_are_apart(house: House) -> None:
    user = house.rows.user("ana")
    house.rows.credential(user, "ebay")
    house.rows.credential(user, "ebay", environment="sandbox")
    assert sorted(claim.environment for claim in house.claim()) == ["production", "sandbox"]


def test_inactive_rows_inactive_users_and_unknown_names_are_not_claimed(house: House) -> None:
    user, idle = house.rows.user("ana"), house.rows.user("idle", active=False)
    house.rows.credential(user, "ebay", active=False)
    house.rows.credential(user, "fax")
    house.rows.credential(idle, "ebay")
    assert house.claim() == []
    assert house.store.unknown_apis() == [("fax", 1)]


def test_an_inactive_own_row_lets_the_global_one_serve(house: House) -> None:
    admin, user = house.rows.user("admin", active=False), house.rows.user("ana")
    shared = house.rows.credential(admin, "groq", scope="global")
    house.rows.credential(user, "groq", active=False)
    assert [claim.check for claim in house.claim()] == [shared]


def test_apis_that_are_not_enabled_are_not_claimed(house: House) -> None:
    user = house.rows.user("ana")
    house.rows.credential(user, "ebay")
    house.rows.credential(user, "groq")
    policy = Policy(apis=("groq",))
    assert served(house.claim(policy=policy)) == [(user, "groq")]
    assert served(house.store.claim_due(policy, limit=9, lease_for=1)) == []


def test_users_who_were_not_seen_lately_can_be_left_out(house: House) -> None:
    seen, created, dormant = (house.rows.user(name) for name in ("seen", "created", "dormant"))
    house.rows.run("update users set \"createdAt\" = now() - interval '9 days' where id <> %s", created)
    house.rows.run("update users set \"lastLoginAt\" = now() - interval '6 days' where id = %s", seen)
    for user in (seen, created, dormant):
        house.rows.credential(user, "ebay")
    policy = Policy(active_within_days=7)
    house.store.sync(policy)
    assert served(house.store.claim_due(policy, limit=9, lease_for=0)) == [(seen, "ebay"), (created, "ebay")]
    assert len(house.claim()) == 3


def test_a_selection_by_user_finds_the_shared_rows_that_serve_them(house: House) -> None:
    admin, ana, ben = (house.rows.user(name) for name in ("admin", "ana", "ben"))
    shared = house.rows.credential(admin, "groq", scope="global")
    own = house.rows.credential(ana, "ebay")
    bens = house.rows.credential(ben, "groq")
    assert [claim.check for claim in house.claim(Selection(users=(ana, 99)))] == [shared, own]
    assert [claim.check for claim in house.claim(Selection(users=(ben,)))] == [bens]
    assert house.claim(Selection(apis=("ebay",), environment="sandbox")) == []


def test_due_checks_come_longest_waiting_first_and_others_not_at_all(house: House) -> None:
    user = house.rows.user("ana")
    late, later, never = (house.rows.credential(user, api) for api in ("ebay", "groq", "openai"))
    house.store.sync(POLICY)
    for check, minutes in ((late, -1), (later, -9), (never, 9)):
        house.rows.run(
            "update healthsup.checks set next_due = now() + make_interval(mins => %s) where credential_id = %s",
            minutes,
            check,
        )
    assert [c.check for c in house.store.claim_due(POLICY, limit=1, lease_for=9)] == [later]
    assert [c.check for c in house.store.claim_due(POLICY, limit=9, lease_for=9)] == [late]
    assert house.store.claim_due(POLICY, limit=9, lease_for=9) == []


def test_a_pass_goes_by_key_in_pages(house: House) -> None:
    users = house.rows.users(7)
    for user in users:
        house.rows.credential(user, "ebay")
        house.rows.credential(user, "groq")
    house.store.sync(POLICY)
    since, after, seen = house.store.now(), (0, 0), []
    while page := house.store.claim_pass(POLICY, Selection(), since=since, after=after, limit=4, lease_for=LEASE_S):
        seen += [(claim.user, claim.check) for claim in page]
        after = seen[-1]
    assert len(seen) == 14
    assert seen == sorted(set(seen))


def test_two_claimers_never_share_a_check(house: House) -> None:
    for user in house.rows.users(300):
        house.rows.credential(user, "ebay")
    house.store.sync(POLICY)
    taken: list[list[int]] = [[], []]

    def work(number: int) -> None:
        store = house.another(f"owner {number}")
        while claims := store.claim_due(POLICY, limit=7, lease_for=LEASE_S):
            taken[number] += [claim.check for claim in claims]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken[0]) + len(taken[1]) == 300
    assert len(set(taken[0]) | set(taken[1])) == 300


def test_a_ciphertext_is_cut_one_character_behind_its_bound(house: House) -> None:
    house.rows.credential(house.rows.user("ana"), "ebay", text="x" * (MAX_CIPHERTEXT_CHARS + 500))
    (claim,) = house.claim()
    assert len(claim.ciphertext) == MAX_CIPHERTEXT_CHARS + 1


def test_a_check_is_forgotten_with_its_credential_and_its_number_never_returns(house: House) -> None:
    user = house.rows.user("ana")
    check = house.rows.credential(user, "ebay")
    (before,) = house.claim()
    house.rows.run('update api_credentials set "isActive" = false where id = %s', check)
    assert house.store.sync(POLICY) == 1
    house.rows.run('update api_credentials set "isActive" = true where id = %s', check)
    (after,) = house.claim()
    assert after.check == before.check
    assert after.attempt > before.attempt
    assert house.store.record(house.outcomes([before]), everything=True).accepted == []


def test_registering_is_idempotent_and_follows_the_rows(house: House) -> None:
    user = house.rows.user("ana")
    check = house.rows.credential(user, "ebay")
    assert house.store.sync(POLICY) == 1
    assert house.store.sync(POLICY) == 0
    house.rows.run('update users set "isActive" = false where id = %s', user)
    assert house.store.sync(POLICY) == 1, "it serves nobody now"
    assert house.rows.value("select serving from healthsup.checks where credential_id = %s", check) is False
    house.rows.run("delete from users where id = %s", user)
    assert house.store.sync(POLICY) == 1
    assert house.rows.value("select count(*) from healthsup.checks") == 0
