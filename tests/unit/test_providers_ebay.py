from urllib.parse import parse_qs

import pytest

from tests.helpers.dialogue import NOW, PRODUCTION, SANDBOX, answer, header, hold
from workers.provider import Context
from workers.providers.ebay import PROVIDER
from workers.secret import Secret
from workers.verdict import Failure, Trouble
from workers.wire import Reason

APP = {"appId": "app", "devId": "dev", "certId": "cert"}
STORED = APP | {"token": "stored-token"}
BOTH = STORED | {"refreshToken": "the+refresh/token"}
GRANT = APP | {"refreshToken": "the+refresh/token"}

GOOD = answer(200, {"sellerRegistrationCompleted": True})
DEAD = answer(401, {"errors": [{"errorId": 1001, "domain": "OAuth", "message": "Invalid access token"}]})
SCOPELESS = answer(403, {"errors": [{"errorId": 1100, "domain": "ACCESS", "message": "Access denied"}]})
MINTED = answer(200, {"access_token": "minted-token", "expires_in": 7200, "token_type": "User Access Token"})
NO_GRANT = answer(400, {"error": "invalid_grant"})
NO_CLIENT = answer(401, {"error": "invalid_client"})
BROKEN = answer(500, {"error": "server_error"})
PAST, FUTURE = "2025-06-15T15:06:39.999Z", "2025-06-15T15:06:40.001Z"


def bearers(dialogue):
    return [header(request, "authorization") for request in dialogue.requests]


def test_without_any_token_the_fields_are_incomplete():
    dialogue = hold(PROVIDER, APP, [])
    assert (dialogue.verdict.reason, dialogue.requests) == (Reason.MISSING_FIELDS, ())


def test_a_stored_token_that_works_is_enough():
    dialogue = hold(PROVIDER, BOTH, [GOOD])
    assert dialogue.verdict.reason is Reason.OK
    assert bearers(dialogue) == ["Bearer stored-token"]


def test_a_dead_access_token_beside_a_live_refresh_token_is_ok():
    dialogue = hold(PROVIDER, BOTH, [DEAD, MINTED, GOOD])
    assert dialogue.verdict.reason is Reason.OK
    assert bearers(dialogue) == ["Bearer stored-token", "Basic YXBwOmNlcnQ=", "Bearer minted-token"]
    refresh = dialogue.requests[1]
    assert (refresh.method, refresh.url) == ("POST", "https://api.ebay.com/identity/v1/oauth2/token")
    assert header(refresh, "content-type") == "application/x-www-form-urlencoded"
    assert refresh.body is not None
    assert parse_qs(refresh.body.reveal()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["the+refresh/token"],
    }


def test_a_stored_token_that_lacks_the_scope_may_be_expired_and_a_fresh_one_decides():
    dialogue = hold(PROVIDER, BOTH, [SCOPELESS, MINTED, GOOD])
    assert (dialogue.verdict.reason, dialogue.unheard) == (Reason.OK, 0)
    memory = {}
    dialogue = hold(PROVIDER, BOTH, [SCOPELESS, MINTED, SCOPELESS], memory=memory)
    assert (dialogue.verdict.reason, dialogue.unheard) == (Reason.INSUFFICIENT_SCOPE, 0)
    again = hold(PROVIDER, BOTH, [SCOPELESS], memory=memory)
    assert (again.verdict.reason, bearers(again)) == (Reason.INSUFFICIENT_SCOPE, ["Bearer minted-token"])


def test_without_a_refresh_token_the_stored_date_tells_an_expired_token_from_one_without_the_scope():
    assert hold(PROVIDER, STORED, [SCOPELESS]).verdict.reason is Reason.INSUFFICIENT_SCOPE
    assert hold(PROVIDER, STORED | {"expiresAt": FUTURE}, [SCOPELESS]).verdict.reason is Reason.INSUFFICIENT_SCOPE
    assert hold(PROVIDER, STORED | {"expiresAt": PAST}, [SCOPELESS]).verdict.reason is Reason.EXPIRED


def test_a_refresh_token_alone_is_tried():
    dialogue = hold(PROVIDER, GRANT, [MINTED, GOOD])
    assert (dialogue.verdict.reason, len(dialogue.requests)) == (Reason.OK, 2)


def test_a_minted_token_is_remembered_and_used_until_it_ends():
    memory = {}
    hold(PROVIDER, BOTH, [DEAD, MINTED, GOOD], memory=memory)
    assert bearers(hold(PROVIDER, BOTH, [GOOD], memory=memory, now=NOW + 7000)) == ["Bearer minted-token"]
    later = hold(PROVIDER, BOTH, [GOOD], memory=memory, now=NOW + 7200)
    assert bearers(later) == ["Bearer stored-token"]


def test_a_remembered_token_that_died_is_replaced():
    memory = {}
    hold(PROVIDER, GRANT, [MINTED, GOOD], memory=memory)
    dialogue = hold(PROVIDER, GRANT, [DEAD, MINTED, GOOD], memory=memory)
    assert (dialogue.verdict.reason, dialogue.unheard) == (Reason.OK, 0)


def test_a_remembered_token_dies_with_its_grant():
    memory = {}
    hold(PROVIDER, GRANT, [MINTED, GOOD], memory=memory)
    assert hold(PROVIDER, GRANT, [DEAD, NO_GRANT], memory=memory).verdict.reason is Reason.INVALID_CREDENTIAL
    assert memory == {}


@pytest.mark.parametrize("changed", [{"appId": "other"}, {"certId": "other"}, {"refreshToken": "other"}])
def test_a_remembered_token_serves_no_other_keyset_or_grant(changed):
    memory = {}
    hold(PROVIDER, GRANT, [MINTED, GOOD], memory=memory)
    assert len(hold(PROVIDER, GRANT | changed, [MINTED, GOOD], memory=memory).requests) == 2


def test_a_remembered_token_serves_no_other_environment():
    memory = {}
    hold(PROVIDER, GRANT, [MINTED, GOOD], memory=memory)
    assert len(hold(PROVIDER, GRANT, [MINTED, GOOD], memory=memory, environment=SANDBOX).requests) == 2


def test_the_memory_says_nothing_in_clear():
    memory = {}
    hold(PROVIDER, GRANT, [MINTED, GOOD], memory=memory)
    ((key, (token, _)),) = memory.items()
    assert isinstance(token, Secret)
    assert not [secret for secret in (*GRANT.values(), "minted-token") if secret in repr(memory) and len(secret) > 4]
    assert key[0] == "ebay"


@pytest.mark.parametrize("lifetime", [{}, {"expires_in": "7200"}, {"expires_in": -1}, {"expires_in": 1e300}])
def test_an_odd_lifetime_is_never_trusted_for_long(lifetime):
    memory = {}
    assert hold(
        PROVIDER, GRANT, [answer(200, {"access_token": "t"} | lifetime), GOOD], memory=memory
    ).verdict.reason is (Reason.OK)
    ((_, ends_at),) = memory.values()
    assert ends_at <= NOW + 7200


@pytest.mark.parametrize("token", ["", "two\r\nlines", "snow \u2603", "\ud800", 7, None])
def test_what_no_header_could_carry_is_no_token(token):
    memory = {}
    dialogue = hold(PROVIDER, GRANT, [answer(200, {"access_token": token, "expires_in": 7200})], memory=memory)
    assert (dialogue.verdict.reason, memory) == (Reason.UNRECOGNISED, {})


def test_a_token_that_its_date_calls_dead_is_not_sent_when_it_can_be_refreshed():
    assert bearers(hold(PROVIDER, BOTH | {"expiresAt": PAST}, [MINTED, GOOD]))[0].startswith("Basic")
    assert bearers(hold(PROVIDER, BOTH | {"expiresAt": FUTURE}, [GOOD])) == ["Bearer stored-token"]


def test_a_dead_token_without_a_refresh_token_is_expired_only_when_its_date_says_so():
    assert hold(PROVIDER, STORED, [DEAD]).verdict.reason is Reason.INVALID_CREDENTIAL
    assert hold(PROVIDER, STORED | {"expiresAt": FUTURE}, [DEAD]).verdict.reason is Reason.INVALID_CREDENTIAL
    assert hold(PROVIDER, STORED | {"expiresAt": PAST}, [DEAD]).verdict.reason is Reason.EXPIRED
    assert hold(PROVIDER, STORED | {"expiresAt": PAST}, [GOOD]).verdict.reason is Reason.OK


@pytest.mark.parametrize(
    ("refused", "reason", "cure"),
    [
        (NO_GRANT, Reason.INVALID_CREDENTIAL, "re-consent in eBay"),
        (NO_CLIENT, Reason.INVALID_CREDENTIAL, "keyset"),
        (answer(400, {"error": "invalid_client"}), Reason.INVALID_CREDENTIAL, "keyset"),
        (answer(400, {"error": "invalid_scope"}), Reason.UNRECOGNISED, ""),
        (answer(401, {"error": "invalid_grant"}), Reason.UNRECOGNISED, ""),
        (answer(200, {"expires_in": 7200}), Reason.UNRECOGNISED, ""),
        (answer(200, b""), Reason.PROVIDER_ERROR, ""),
        (answer(429, {"errors": [{"errorId": 2001}]}), Reason.RATE_LIMITED, ""),
        (BROKEN, Reason.PROVIDER_ERROR, ""),
        (Failure(Trouble.TIMEOUT), Reason.UNREACHABLE, ""),
    ],
)
def test_what_the_token_endpoint_says_decides_over_a_dead_token(refused, reason, cure):
    for script, fields in (([DEAD, refused], BOTH), ([refused], GRANT)):
        memory = {}
        dialogue = hold(PROVIDER, fields, script, memory=memory)
        assert dialogue.verdict.reason is reason
        assert cure in dialogue.verdict.message
        assert memory == {}


def test_what_is_no_dead_token_is_not_refreshed():
    limited = answer(429, {"errors": [{"errorId": 2001}]})
    for reply, reason in ((limited, Reason.RATE_LIMITED), (BROKEN, Reason.PROVIDER_ERROR)):
        dialogue = hold(PROVIDER, BOTH, [reply, MINTED, GOOD])
        assert (dialogue.verdict.reason, len(dialogue.requests)) == (reason, 1)


def test_a_token_minted_a_moment_ago_and_refused_proves_nothing():
    assert hold(PROVIDER, GRANT, [MINTED, DEAD]).verdict.reason is Reason.UNRECOGNISED
    assert hold(PROVIDER, GRANT, [MINTED, SCOPELESS]).verdict.reason is Reason.INSUFFICIENT_SCOPE


def test_the_environment_of_the_row_decides_the_host():
    dialogue = hold(PROVIDER, BOTH, [DEAD, MINTED, GOOD], environment=SANDBOX)
    assert {request.url.split("/")[2] for request in dialogue.requests} == {"api.sandbox.ebay.com"}


@pytest.mark.parametrize(
    ("environment", "stored", "contradicts"),
    [
        (PRODUCTION, {"sandbox": "true"}, True),
        (SANDBOX, {"sandbox": "false"}, True),
        (PRODUCTION, {"sandbox": "false"}, False),
        (SANDBOX, {"sandbox": "true"}, False),
        (PRODUCTION, {"appId": "Shop-App-SBX-0123"}, True),
        (SANDBOX, {"appId": "Shop-App-PRD-0123"}, True),
        (SANDBOX, {"appId": "Shop-App-SBX-0123"}, False),
        (PRODUCTION, {}, False),
    ],
)
def test_a_refusal_says_in_words_that_the_keyset_is_of_the_other_environment(environment, stored, contradicts):
    fields = STORED | stored
    refused = hold(PROVIDER, fields, [DEAD], environment=environment).verdict
    assert ("other environment" in refused.message) is contradicts
    assert refused.rule == "401 errorId 1001"
    assert "environment" not in hold(PROVIDER, fields, [GOOD], environment=environment).verdict.message


SPENT = Failure(Trouble.BUDGET, NOW + 60)


def test_a_spent_budget_keeps_the_last_verdict_at_either_step():
    for script, fields in (([SPENT], STORED), ([DEAD, SPENT], BOTH), ([MINTED, SPENT], GRANT)):
        verdict = hold(PROVIDER, fields, script).verdict
        assert (verdict.waiting, verdict.again_at) == (True, NOW + 60)


def expiry(stored, saved_at=NOW):
    fields = {name: Secret(value) for name, value in stored.items()}
    return PROVIDER.expires(fields, Context(PRODUCTION, NOW, {}, saved_at=saved_at))


def test_it_ends_eighteen_months_after_the_consent_at_the_latest():
    assert expiry(GRANT) == NOW + 47_304_000
    assert expiry(BOTH | {"expiresAt": PAST}) == NOW + 47_304_000


def test_an_access_token_alone_ends_when_its_date_says():
    assert expiry(STORED | {"expiresAt": str(int(NOW + 60))}) == NOW + 60
    assert (expiry(STORED), expiry(STORED | {"expiresAt": "someday"})) == (None, None)


def test_a_row_of_unknown_age_has_no_end_but_a_stored_one():
    assert (expiry(GRANT, None), expiry(STORED, None)) == (None, None)
    assert expiry(STORED | {"expiresAt": str(int(NOW + 60))}, None) == NOW + 60
