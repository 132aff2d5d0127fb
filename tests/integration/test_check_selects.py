"""What a `check` looks at, tells and removes: selections, shared credentials, `--strict`, what is gone."""

import pytest


def keys_of(rows):
    return sorted((row["user_id"], row["api"], row["environment"]) for row in rows)


def credential(system, user, api, word="good", **columns):
    text = system.seal({"apiKey": f"sk-demo-{word}-u{user}.{api}.{columns.get('environment', '')}"})
    return system.tenants.credential(user, api, text=text, **columns)


@pytest.fixture
def users(system):
    """Three users with openai and groq, both with a sandbox; one user's openai stands under an alias."""
    made = system.tenants.users(3)
    for user in made:
        for api in ("open-ai" if user == made[1] else "openai", "groq"):
            for environment in ("production", "sandbox"):
                credential(system, user, api, environment=environment)
    return made


SELECTIONS = {
    "one user": (["--user", "0"], {0}, {"openai", "groq"}, {"production", "sandbox"}),
    "two users": (["--user", "0", "--user", "2"], {0, 2}, {"openai", "groq"}, {"production", "sandbox"}),
    "an api": (["--api", "openai"], {0, 1, 2}, {"openai"}, {"production", "sandbox"}),
    "an alias": (["--api", "open-ai", "--user", "1"], {1}, {"openai"}, {"production", "sandbox"}),
    "two apis": (
        ["--api", "openai", "--api", "groq", "--user", "2"],
        {2},
        {"openai", "groq"},
        {"production", "sandbox"},
    ),
    "an environment": (["--environment", "sandbox"], {0, 1, 2}, {"openai", "groq"}, {"sandbox"}),
    "all three": (["--user", "1", "--api", "groq", "--environment", "production"], {1}, {"groq"}, {"production"}),
    "nothing there": (["--api", "etsy"], set(), set(), set()),
    "no such environment": (["--environment", "moon"], set(), set(), set()),
}


def test_a_selection_is_checked_and_nothing_else(system, users):
    stored = set()
    for name, (words, chosen, apis, environments) in SELECTIONS.items():
        system.market.clear()
        wanted = sorted((users[at], api, environment) for at in chosen for api in apis for environment in environments)
        options = [str(users[int(word)]) if word in "012" else word for word in words]
        assert keys_of(system.json("check", *options)) == wanted, name
        assert sum(seen.times for seen in system.market.ledger()) == len(wanted), name
        stored.update(wanted)
        assert system.tenants.value("select count(*) from api_status_snapshots") == len(stored), name
    assert keys_of(system.json("status")) == sorted(stored)


def test_validate_only_makes_no_request_and_says_so(system, users):
    system.market.clear()
    rows = system.json("check", "--validate-only")
    assert len(rows) == 12
    assert {(row["status"], row["reason"], row["available"], row["configured"]) for row in rows} == {
        ("unknown", "valid_unprobed", True, True)
    }
    assert system.market.ledger() == ()


STRICT = [  # in this order: what is only validated keeps the status it had
    ("good", ["--validate-only"], 1), ("good", [], 0), ("good", ["--validate-only"], 0), ("limited", [], 1),
    ("revoked", [], 1), ("html", [], 1), ("good", ["--dry-run"], 0), ("revoked", ["--dry-run"], 1),
    ("revoked", ["--api", "etsy"], 0),
]  # fmt: skip


def test_strict_says_no_when_any_outcome_is_not_healthy(system):
    words = ("good", "limited", "revoked", "html")
    users = dict(zip(words, system.tenants.users(len(words)), strict=True))
    for word, user in users.items():
        credential(system, user, "openai", word)
    for word, options, code in STRICT:
        selected = ["check", "--user", str(users[word]), *options]
        assert system.command(*selected, "--strict").returncode == code, (word, options)
    assert system.command("check", "--strict").returncode == 1
    assert system.command("check").returncode == 0


def test_a_shared_credential_is_probed_once_and_told_for_everyone(system):
    users = system.tenants.users(5)
    owner, own, *others = users
    credential(system, owner, "groq", scope="global")
    credential(system, own, "groq", "revoked")
    sleeping = system.tenants.user("sleeping", active=False)
    system.market.clear()
    rows = {row["user_id"]: row for row in system.json("check")}
    assert {user: row["reason"] for user, row in rows.items()} == {
        owner: "ok", own: "invalid_credential", **dict.fromkeys(others, "ok"),
    }  # fmt: skip
    assert len({row["checked_at"] for user, row in rows.items() if user != own}) == 1
    assert {seen.mark: seen.times for seen in system.market.ledger()} == {
        f"demo-good-u{owner}.groq.": 1,
        f"demo-revoked-u{own}.groq.": 1,
    }
    assert sleeping not in system.statuses()
    assert keys_of(system.json("status")) == [(user, "groq", "production") for user in users]

    system.market.clear()
    rows = system.json("check", "--user", str(others[0]))
    assert others[0] in {row["user_id"] for row in rows}
    assert own not in {row["user_id"] for row in rows}
    assert sum(seen.times for seen in system.market.ledger()) == 1


def test_the_owner_of_a_shared_credential_need_not_be_active(system):
    (user,) = system.tenants.users(1)
    sleeping = system.tenants.user("sleeping", active=False)
    credential(system, sleeping, "groq", scope="global")
    assert keys_of(system.json("check")) == [(user, "groq", "production")]


def test_a_global_row_of_a_personal_api_serves_its_owner_alone(system):
    owner, _other = system.tenants.users(2)
    personal = ["amazon", "ebay", "mercadolibre", "paypal"]
    for api in personal:
        system.tenants.credential(owner, api, scope="global", text=system.seal({"unused": "x"}))
    assert keys_of(system.json("check")) == [(owner, api, "production") for api in personal]


def test_what_is_gone_is_removed_by_a_full_check_only_with_one_row_of_history(system):
    kept, deleted, inactive = users = system.tenants.users(3)
    rows = {user: credential(system, user, "openai") for user in users}
    system.json("check")
    system.tenants.run("delete from api_credentials where id = %s", rows[deleted])
    system.tenants.run('update api_credentials set "isActive" = false where id = %s', rows[inactive])

    for options in (["--api", "openai"], ["--user", str(deleted)], ["--environment", "production"], ["--dry-run"]):
        system.json("check", *options)
        assert sorted(system.statuses()) == users, options
    for _ in range(2):
        assert keys_of(system.json("check")) == [(kept, "openai", "production")]
        assert system.statuses() == {kept: "healthy"}
        for user in (deleted, inactive):
            newest, first = system.json("history", "--user", str(user), "--api", "openai")
            assert (newest["status"], newest["previous"], newest["message"]) == (
                "unknown",
                "healthy",
                "credential removed",
            )
            assert (newest["available"], newest["configured"], newest["error"]) == (False, False, None)
            assert first["status"] == "healthy"


def test_where_a_shared_credential_takes_over_nothing_is_removed(system):
    owner, user = system.tenants.users(2)
    own = credential(system, user, "groq", "revoked")
    credential(system, owner, "groq", scope="global")
    system.json("check")
    assert system.statuses() == {owner: "healthy", user: "unhealthy"}
    system.tenants.run("delete from api_credentials where id = %s", own)
    system.json("check")
    assert system.statuses() == {owner: "healthy", user: "healthy"}
    assert [row["status"] for row in system.json("history", "--user", str(user), "--api", "groq")] == [
        "healthy",
        "unhealthy",
    ]


def test_what_is_not_monitored_makes_no_row_and_is_counted(system):
    (user,) = system.tenants.users(1)
    credential(system, user, "openai")
    credential(system, user, "fax-machine")
    credential(system, user, "telex")
    done = system.command("check")
    assert "; 2 not monitored, as their api is unknown" in done.stderr
    assert "fax-machine" not in done.stdout + done.stderr
    assert keys_of(system.json("status")) == [(user, "openai", "production")]


_LEFT = """
insert into healthsup.fanout (credential_id, attempt, owner, recorded_at, active_within_days, api, environment, status,
  available, unseen, configured, reason, fault, error, message, counts, at, waiting)
values (%s, 0, 'dead', now() - interval '1 h', 0, 'groq', 'production', 'unhealthy',
  false, false, true, 'expired', 'tenant', 'expired', 'found by the dead', true, now() at time zone 'UTC' - interval '1 h', false)
"""


@pytest.mark.parametrize("has_newer", [True, False])
def test_what_a_dead_supervisor_left_untold_is_told_to_them_and_not_as_found_by_this_check(system, has_newer):
    owner, user = system.tenants.users(2)
    shared = credential(system, owner, "groq", scope="global")
    if has_newer:
        system.json("check")
    system.tenants.run(_LEFT, shared)
    assert {row["user_id"]: row["reason"] for row in system.json("check")} == {owner: "ok", user: "ok"}
    assert system.statuses() == {owner: "healthy", user: "healthy"}
    assert system.tenants.value("select count(*) from healthsup.fanout") == 0
