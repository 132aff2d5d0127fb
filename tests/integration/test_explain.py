"""`explain`: which row, what was asked and answered, why this verdict; nothing secret, and nothing hostile that acts."""

import pytest

from supervisor.cli.explain import NO_ANSWER
from tests.helpers.storing import LEASE_S, POLICY, store_at
from workers.story import Asked, Left, Story, encode_story
from workers.verdict import Trouble
from workers.wire import MAX_INSTANT


@pytest.fixture
def ana(system) -> int:
    return system.tenants.user("ana")


def explain(system, user: int, api: str = "openai", *more: str) -> dict:
    (one,) = system.json("explain", "--user", str(user), "--api", api, *more)
    return one


def text(system, user: int, api: str = "openai") -> str:
    done = system.command("explain", "--user", str(user), "--api", api)
    assert done.returncode == 0, done.stderr
    return done.stdout


def put_story(system, story: bytes) -> None:
    system.tenants.run("update healthsup.checks set story = %s", story)


def test_a_refused_key_is_explained_from_its_row_to_the_rule_without_the_key(system, ana):
    system.openai(ana, "revoked", age_s=60)
    system.tenants.run("update api_credentials set \"apiName\" = 'open-ai'")
    system.json("check")
    told = explain(system, ana)
    assert (
        told["verdict"] | {"status": "unhealthy", "reason": "invalid_credential", "fault": "tenant"} == told["verdict"]
    )
    assert (
        told["row"] | {"scope": "user", "why": "the user's own", "stored_as": "open-ai", "alias": True} == told["row"]
    )
    (asked,) = told["story"]["requests"]
    assert (asked["method"], asked["path"], asked["status"], asked["trouble"]) == ("GET", "/v1/models", 401, None)
    assert asked["headers"] == ["Authorization", "Accept"]
    assert all(asked[phase] >= 0 for phase in ("connect_ms", "first_byte_ms", "body_ms"))
    assert told["story"]["fields"] == ["apiKey"]
    assert told["story"]["rule"].startswith("401")
    assert told["story"]["source"]
    assert told["trust"] == {
        "score": 30.0,
        "newest_first": ["unhealthy"],
        "minus": [
            {"because": "the newest is unhealthy", "points": 30},
            {"because": "40 * 1/1 unhealthy", "points": 40.0},
            {"because": "20 * 0/1 degraded", "points": 0.0},
        ],
    }
    shown = text(system, ana)
    assert "trust       30 = 100 - 30 (the newest is unhealthy) - 40 (40 * 1/1 unhealthy) - 0" in shown
    assert "Authorization: ***" in shown
    assert "open-ai, an alias" in shown
    assert "sk-demo" not in shown + str(told)


def test_who_falls_back_to_a_global_row_is_told_whose_it_is(system, ana):
    ben = system.tenants.user("ben")
    row = system.openai(ana, "good", scope="global")
    system.json("check")
    told = explain(system, ben)
    assert (told["row"]["credential_id"], told["row"]["owner_id"], told["row"]["scope"]) == (row, ana, "global")
    assert (
        told["row"]["why"] == f"the user has no active row of their own and falls back to the global one of user {ana}"
    )
    assert told["verdict"]["status"] == "healthy"
    own = system.openai(ben, "good")
    told = explain(system, ben)
    assert (told["row"]["credential_id"], told["row"]["passed_over"], told["row"]["judged"]) == (own, 1, False)


def test_a_global_row_of_a_personal_api_is_its_owners_alone(system, ana):
    system.tenants.credential(ana, "ebay", scope="global")
    told = explain(system, ana, "ebay")
    assert told["row"]["why"] == "the user's own: a global row of ebay serves nobody but its owner"
    assert (told["verdict"], told["story"], told["next_due"]) == (None, None, None)
    assert "not looked at yet" in text(system, ana, "ebay")
    ben = system.tenants.user("ben")
    assert system.command("explain", "--user", str(ben), "--api", "ebay").returncode == 1


def test_a_look_without_a_request_says_which_verdict_the_status_stands_on(system, ana):
    system.openai(ana, "revoked")
    system.json("check")
    system.json("check", "--validate-only")
    told = explain(system, ana)
    assert (told["verdict"]["reason"], told["verdict"]["stands_on"]) == ("valid_unprobed", "invalid_credential")
    assert told["story"]["rule"].startswith("401"), "the story of the verdict that stands"
    assert "kept from the last verdict, invalid_credential" in text(system, ana)


def test_each_environment_is_explained_for_itself(system, ana):
    for environment in ("production", "sandbox"):
        system.openai(ana, "good", environment=environment)
    both = system.json("explain", "--user", str(ana), "--api", "openai")
    assert [one["environment"] for one in both] == ["production", "sandbox"]
    assert explain(system, ana, "openai", "--environment", "sandbox")["environment"] == "sandbox"


@pytest.mark.parametrize(
    ("user", "api", "line"),
    [
        (1, "groq", "no active credential for groq"),
        (99, "openai", "99"),
        (1, "openai", "no active credential for openai"),
    ],
)
def test_where_there_is_nothing_to_explain_the_answer_is_no(system, ana, user, api, line):
    system.openai(ana, "good", active=False)
    done = system.command("explain", "--user", str(user), "--api", api)
    assert (done.returncode, done.stdout) == (1, "")
    assert line in done.stderr


def test_a_story_that_is_none_is_not_shown_and_a_hostile_one_cannot_act(system, ana):
    system.openai(ana, "good")
    system.json("check")
    not_a_number = Asked("GET", "host", "/", (), 200, None, float("nan"))
    for junk in (b"\xff\x00 no story", encode_story(Story(requests=(not_a_number,)))):
        put_story(system, junk)
        assert explain(system, ana)["story"] is None
    assert "none is kept" in text(system, ana)
    evil = "\x1b[2J\u202evil\n"
    hostile = Story(
        (evil,),
        (Asked(evil[:16], evil, evil, (evil,), None, evil, 1.25),),
        evil,
        evil,
        (Left(evil, 1.5, 3.0, MAX_INSTANT),),
    )
    put_story(system, encode_story(hostile))
    shown, told = text(system, ana), explain(system, ana)
    assert not set("\x1b\u202e") & set(shown + str(told))
    assert shown.count("\\x1b[2J\\u202evil\\x0a") >= 6
    assert told["story"]["budgets"][0] | {"until": None, "for_good": True} == told["story"]["budgets"][0]
    assert "nothing more until the credential changes" in shown


def test_why_no_answer_came_is_told_in_words(system, ana):
    assert {trouble.value for trouble in Trouble} == NO_ANSWER.keys()
    system.openai(ana, "good")
    system.json("check")
    put_story(system, encode_story(Story(requests=(Asked("GET", "host", "/", (), None, "resolve"),))))
    assert "  answer      none: the name has no address\n" in text(system, ana)


def test_the_story_of_another_credential_is_not_this_ones(system, ana):
    system.openai(ana, "good")
    system.json("check")
    system.tenants.run("update api_credentials set credentials = credentials || 'x'")
    assert explain(system, ana)["story"] is None


def test_quarantine_a_near_end_and_a_check_in_hand_are_told(system, ana):
    system.openai(ana, "good")
    with store_at(system.dsn) as store:
        store.sync(POLICY)
        store.claim_due(POLICY, limit=1, lease_for=LEASE_S)
    system.tenants.run(
        "update healthsup.checks c set strikes = 2, quarantined_at = now(), quarantine_signal = 'SIGSEGV',"
        " quarantine_phase = 'probe', quarantine_version = md5(a.credentials), expires_at = now() + interval '150 hours'"
        " from api_credentials a where a.id = c.credential_id"
    )
    told = explain(system, ana)
    assert told["in_hand"] is True
    assert told["quarantine"] | {"strikes": 2, "signal": "SIGSEGV", "phase": "probe"} == told["quarantine"]
    shown = text(system, ana)
    assert "2 strikes, SIGSEGV in phase probe" in shown
    assert "expires in 6 days" in shown
