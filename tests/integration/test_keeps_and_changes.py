"""Stories of one credential over several passes: what changes, what is kept, what is history and what trust makes of it."""

import json

import pytest

from tests.helpers.system import KEY

_INSTANT = "lastChecked"


@pytest.fixture
def user(system):
    (made,) = system.tenants.users(1)
    system.openai(made, "good")
    return made


def save(system, user, word):
    """The user saves another key, as the backend does it."""
    text = system.seal({"apiKey": f"sk-demo-{word}-u{user}-0123456789"})
    system.tenants.run(
        'update api_credentials set credentials = %s, "updatedAt" = now() at time zone \'UTC\' where "userId" = %s',
        text,
        user,
    )


def check(system, user, *options):
    (row,) = system.json("check", "--user", str(user), *options)
    return row


def facts(row):
    return tuple(row[name] for name in ("status", "reason", "available", "configured"))


def test_works_then_is_revoked_then_works_again(system, user):
    trust = [check(system, user)["trust_score"], check(system, user)["trust_score"]]
    save(system, user, "revoked")
    row = check(system, user)
    assert facts(row) == ("unhealthy", "invalid_credential", False, True)
    assert system.tenants.snapshot(user, "openai")["error"] == f"invalid_credential: {row['message']}"
    trust += [row["trust_score"], check(system, user)["trust_score"]]
    save(system, user, "good")
    row = check(system, user)
    assert facts(row) == ("healthy", "ok", True, True)
    assert system.tenants.snapshot(user, "openai")["error"] is None
    assert [*trust, row["trust_score"]] == pytest.approx(
        [100, 100, 100 - 30 - 40 / 3, 100 - 30 - 40 * 2 / 4, 100 - 40 * 2 / 5]
    )
    told = system.json("history", "--user", str(user), "--api", "openai")
    assert [(one["previous"], one["status"]) for one in told] == [
        ("unhealthy", "healthy"), ("healthy", "unhealthy"), (None, "healthy"),
    ]  # fmt: skip
    assert told[0]["at"] > told[1]["at"] > told[2]["at"]
    assert [one["error"] is None for one in told] == [True, False, True]
    assert told[0]["at"] == row["checked_at"]
    assert system.json("history", "--user", str(user), "--api", "open-ai", "--limit", "2") == told[:2]
    assert system.json("history", "--user", str(user), "--api", "openai", "--environment", "sandbox") == []


@pytest.mark.parametrize(("word", "status"), [("good", "healthy"), ("revoked", "unhealthy"), ("limited", "degraded")])
def test_what_is_only_validated_keeps_status_error_latency_and_trust(system, user, word, status):
    save(system, user, word)
    probed = check(system, user)
    before = system.tenants.snapshot(user, "openai")
    row = check(system, user, "--validate-only")
    after = system.tenants.snapshot(user, "openai")
    assert (row["status"], row["reason"], row["fault"]) == (status, "valid_unprobed", None)
    kept = ("status", "isAvailable", "isConfigured", "error", "latency", "trustScore")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after[_INSTANT] > before[_INSTANT]
    assert (row["latency_ms"], row["available"]) == (probed["latency_ms"], probed["available"])
    assert len(system.tenants.history(user, "openai")) == 1


@pytest.mark.parametrize(("word", "available"), [("good", True), ("revoked", False)])
def test_our_own_trouble_is_unknown_and_keeps_what_was_known_of_availability(system, user, word, available):
    system.configure(worker={"check_deadline": 3}, probe={"allow_private": True, "total_timeout": 20})
    save(system, user, word)
    known = check(system, user)
    for trouble, reason in (("html", "blocked"), ("redirect", "unrecognised"), ("hang", "deadline")):
        save(system, user, trouble)
        row = check(system, user)
        assert facts(row) == ("unknown", reason, available, True)
        assert (row["fault"], row["trust_score"]) == ("us", known["trust_score"])
        assert system.tenants.snapshot(user, "openai")["error"] == f"{reason}: {row['message']}"
    (crash,) = system.json("crashes")
    assert (crash["signal"], crash["phase"], crash["user_id"], crash["judgement"]) == (
        "SIGKILL",
        "probe",
        user,
        "deadline",
    )
    assert system.tenants.value("select strikes from healthsup.checks") == 1
    assert [status for status, *_ in system.tenants.history(user, "openai")] == [known["status"], "unknown"]
    save(system, user, word)
    assert facts(check(system, user)) == facts(known)
    assert system.tenants.value("select strikes from healthsup.checks") == 0, "a completed check clears them"


def test_our_own_trouble_at_the_first_look_is_not_available(system, user):
    save(system, user, "html")
    assert facts(check(system, user)) == ("unknown", "blocked", False, True)


def test_what_node_has_written_in_between_is_compared_with_and_never_overwritten_when_newer(system, user):
    check(system, user)
    wrote = 'update api_status_snapshots set status = %s, "isAvailable" = %s, error = %s, "lastChecked" = {}'
    system.tenants.run(wrote.format("now() at time zone 'UTC'"), "degraded", True, "Node says so")
    (row,) = system.json("status")
    assert (row["status"], row["reason"]) == ("degraded", None), "whose reason we cannot know"
    check(system, user)
    assert system.tenants.history(user, "openai")[-1] == ("healthy", "degraded", True)

    system.tenants.run(
        wrote.format("(now() at time zone 'UTC') + interval '1 hour'"), "unhealthy", False, "Node knows better"
    )
    theirs = system.tenants.snapshot(user, "openai")
    save(system, user, "revoked")
    for options in ((), ("--dry-run",)):
        done = system.command("check", "--strict", "--json", *options)
        assert done.returncode == 1, "it told nothing of what it found"
        assert facts(json.loads(done.stdout))[:2] == ("unhealthy", "invalid_credential")
        assert "1 not kept: the snapshot that stands is newer" in done.stderr
    assert system.tenants.snapshot(user, "openai") == theirs
    assert len(system.tenants.history(user, "openai")) == 2


def test_a_credential_that_is_saved_in_the_other_format_is_the_same_credential(system, user):
    from workers.vault import Layout

    check(system, user)
    text = system.seal({"apiKey": f"sk-demo-good-u{user}-0123456789"}, Layout.CBC)
    system.tenants.run("update api_credentials set credentials = %s", text)
    assert facts(check(system, user)) == ("healthy", "ok", True, True)
    assert len(system.tenants.history(user, "openai")) == 1


def test_another_key_makes_everything_undecryptable_and_the_right_one_mends_it(system, user):
    check(system, user)
    system.environ["ENCRYPTION_KEY"] = "another key, which is long enough as well"
    row = check(system, user)
    assert (*facts(row), row["fault"]) == ("unhealthy", "undecryptable", False, True, "operator")
    system.environ["ENCRYPTION_KEY"] = KEY
    assert facts(check(system, user)) == ("healthy", "ok", True, True)


def test_users_who_have_not_been_seen_for_long_are_left_as_they_are(system):
    users = system.tenants.users(3)
    recent, gone, never = users
    for user in users:
        system.openai(user, "good")
    system.json("check")
    old = "(now() at time zone 'UTC') - interval '30 days'"
    system.tenants.run(f'update users set "createdAt" = {old}')
    system.tenants.run("update users set \"lastLoginAt\" = now() at time zone 'UTC' where id = %s", recent)
    system.tenants.run(f'update users set "lastLoginAt" = {old} where id = %s', gone)
    for user in users:
        save(system, user, "revoked")
    system.configure(schedule={"active_within_days": 7})
    assert [row["user_id"] for row in system.json("check")] == [recent]
    assert system.statuses() == {recent: "unhealthy", gone: "healthy", never: "healthy"}


def test_a_provider_that_is_not_enabled_is_left_as_it_is_even_when_its_credential_is_gone(system, user):
    check(system, user)
    system.configure(**{"providers.openai": {"enabled": False}})
    save(system, user, "revoked")
    before = system.tenants.snapshot(user, "openai")
    assert system.json("check") == []
    system.tenants.run("delete from api_credentials")
    assert system.json("check") == []
    assert system.tenants.snapshot(user, "openai") == before
    assert [row["status"] for row in system.json("status")] == ["healthy"]


def test_the_fields_of_history_are_the_documented_ones(system, user):
    check(system, user)
    done = system.command("history", "--user", str(user), "--api", "openai", "--json")
    assert list(json.loads(done.stdout)) == [
        "at", "user_id", "api", "environment", "previous", "status", "available", "configured", "error", "latency_ms",
        "trust_score", "message",
    ]  # fmt: skip
