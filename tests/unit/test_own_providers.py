"""A provider that is a table: what is refused, and that what is taken judges, asks and guards like any other."""

import json
from base64 import b64decode, urlsafe_b64encode

import pytest

from tests.helpers.dialogue import NOW, PRODUCTION, answer, header, hold, shown
from workers.declared import provider_of
from workers.own import GIVEN, BadTable, parse
from workers.provider import Context
from workers.secret import Secret
from workers.verdict import Failure, Trouble
from workers.wire import Reason

TABLE = {
    "path": "/v1/accounts/{account}",
    "headers": {"Authorization": "Bearer {apiKey}"},
    "query": {"fields": "id", "token": "{apiKey}"},
    "fields": [{"name": "apiKey", "aliases": ["api_key"]}, {"name": "account", "secret": False}],
    "answers": [
        {"reason": "ok", "status": [200], "pointer": "/id"},
        {"reason": "account_restricted", "status": [200], "pointer": "/flags/0", "equals": "blocked"},
        {"reason": "invalid_credential", "status": [401, 403], "pointer": "/error/code", "equals": "bad_key"},
        {"reason": "expired", "status": [401], "pointer": "/error/a~1b", "equals": True, "message": "buy a new key"},
        {"reason": "quota_exhausted", "text": "out of credit"},
        {"reason": "rate_limited", "status": [420]},
    ],
}
FIELDS = {"apiKey": "key-{account}-secret", "account": "a/../b?c"}


def made(**more):
    return provider_of(parse("acme", "https://api.acme.example", TABLE | more))


def reason(status, body, **more):
    return hold(made(**more), FIELDS, [answer(status, body)]).verdict.reason


@pytest.mark.parametrize(
    ("status", "body", "meant"),
    [
        (200, {"id": 7}, Reason.OK),
        (200, {"id": None, "flags": ["blocked"]}, Reason.ACCOUNT_RESTRICTED),
        (401, {"error": {"code": "bad_key"}}, Reason.INVALID_CREDENTIAL),
        (403, {"error": {"code": "bad_key"}}, Reason.INVALID_CREDENTIAL),
        (401, {"error": {"a/b": True}}, Reason.EXPIRED),
        (401, {"error": {"a/b": 1}}, Reason.UNRECOGNISED),
        (402, {"error": "you are out of credit"}, Reason.QUOTA_EXHAUSTED),
        (420, {}, Reason.RATE_LIMITED),
        (429, {}, Reason.RATE_LIMITED),
        (401, {"error": {"code": "other"}}, Reason.UNRECOGNISED),
        (400, {"error": {"code": "bad_key"}}, Reason.UNRECOGNISED),
        (500, {"error": {"code": "bad_key"}}, Reason.PROVIDER_ERROR),
        (200, b"", Reason.PROVIDER_ERROR),
        (200, {}, Reason.UNRECOGNISED),
        (302, b"", Reason.UNRECOGNISED),
        (407, b"", Reason.BLOCKED),
    ],
)
def test_the_first_answer_of_the_table_that_matches_counts_then_the_general_rules(status, body, meant):
    assert reason(status, body) is meant


def test_a_web_page_never_matches_even_where_its_status_does():
    page = b"<!doctype html><title>out of credit</title>"
    verdict = hold(made(), FIELDS, [answer(420, page, {"content-type": "text/html"})]).verdict
    assert verdict.reason is Reason.BLOCKED


@pytest.mark.parametrize("headers", [{"cf-mitigated": "challenge"}, {"x-squid-error": "ERR_ACCESS_DENIED 0"}])
@pytest.mark.parametrize("body", [b"no such key", b"", b"{}"])
def test_who_answers_in_the_providers_place_is_never_taken_for_it(headers, body):
    answers = [OK, {"reason": "invalid_credential", "status": [403]}]
    assert hold(made(answers=answers), FIELDS, [answer(403, body)]).verdict.reason is Reason.INVALID_CREDENTIAL
    assert hold(made(answers=answers), FIELDS, [answer(403, body, headers)]).verdict.reason is Reason.BLOCKED


@pytest.mark.parametrize("body", [b"error code: 1020", {"error_code": 1020, "cloudflare_error": True}])
def test_an_edge_that_refuses_this_host_is_never_taken_for_the_provider(body):
    answers = [OK, {"reason": "invalid_credential", "status": [403]}]
    assert hold(made(answers=answers), FIELDS, [answer(403, body)]).verdict.reason is Reason.BLOCKED


@pytest.mark.parametrize("account", [".", ".."])
def test_no_field_steps_out_of_the_path(account):
    dialogue = hold(made(), FIELDS | {"account": account}, [])
    assert (dialogue.verdict.reason, dialogue.requests) == (Reason.CORRUPT, ())


@pytest.mark.parametrize("trouble", Trouble)
def test_no_reply_is_judged_as_for_every_provider(trouble):
    verdict = hold(made(), FIELDS, [Failure(trouble)]).verdict
    assert verdict.reason in {
        Reason.UNREACHABLE,
        Reason.PROVIDER_ERROR,
        Reason.BLOCKED,
        Reason.CORRUPT,
        Reason.VALID_UNPROBED,
    }


def test_what_a_field_holds_is_never_taken_for_a_template_nor_for_a_part_of_the_url():
    (request,) = hold(made(), FIELDS, [answer(200, {"id": 1})]).requests
    assert request.url == "https://api.acme.example/v1/accounts/a%2F..%2Fb%3Fc"
    assert header(request, "Authorization") == "Bearer key-{account}-secret"
    assert {name: shown(value) for name, value in request.query.items()} == {
        "fields": "id",
        "token": "key-{account}-secret",
    }
    assert "secret" not in repr(request)


def test_basic_joins_two_fields():
    provider = made(headers={}, basic=["{account}", "{apiKey}"])
    (request,) = hold(provider, {"apiKey": "open", "account": "Aladdin"}, [answer(200, {"id": 1})]).requests
    assert header(request, "Authorization") == "Basic QWxhZGRpbjpvcGVu"


@pytest.mark.parametrize(
    ("basic", "sent"),
    [(["api", "{apiKey}"], b"api:k"), (["{apiKey}", ""], b"k:"), (["{account}/token", "{apiKey}"], b"a/token:k")],
)
def test_basic_takes_what_is_always_the_same(basic, sent):
    (request,) = hold(made(headers={}, basic=basic), {"apiKey": "k", "account": "a"}, [answer(200, {"id": 1})]).requests
    assert b64decode(header(request, "Authorization").removeprefix("Basic ")) == sent
    assert "k" not in repr(request.headers)


@pytest.mark.parametrize("given", ["Accept", "accept"])
def test_a_table_may_ask_for_another_kind_of_answer_once(given):
    headers = {given: "application/vnd.acme.v2+json", "X-Key": "{apiKey}"}
    (request,) = hold(made(headers=headers), FIELDS, [answer(200, {"id": 1})]).requests
    assert [value for name, value in request.headers.items() if name.lower() == "accept"] == [headers[given]]


@pytest.mark.parametrize(
    ("told", "ends_at"),
    [
        ("2026-01-02T03:04:05Z", 1767323045),
        (1767323045, 1767323045),
        ("never", None),
        (None, None),
        (True, None),
        ({}, None),
    ],
)
def test_an_answer_may_say_when_the_credential_ends(told, ends_at):
    provider = made(expires="/key/ends")
    assert hold(provider, FIELDS, [answer(200, {"id": 1, "key": {"ends": told}})]).verdict.expires_at == ends_at
    assert (
        hold(provider, FIELDS, [answer(402, {"error": "out of credit", "key": {"ends": told}})]).verdict.expires_at
        is None
    )


def test_a_verdict_names_its_rule_in_the_operators_own_terms():
    verdict = hold(made(), FIELDS, [answer(401, {"error": {"code": "bad_key"}})]).verdict
    assert verdict.rule == "status 401, 403, /error/code is bad_key"
    assert verdict.source == "the configuration, providers.acme"
    assert hold(made(), FIELDS, [answer(401, {"error": {"a/b": True}})]).verdict.message == "buy a new key"


def test_its_budget_counts_by_credential():
    (endpoint,) = made(per=30, burst=2).endpoints
    assert endpoint.budget is not None
    assert (endpoint.budget.per, endpoint.budget.burst, endpoint.budget.by) == (30, 2, ("apiKey", "account"))


def jwt(payload):
    parts = (json.dumps(one).encode() if isinstance(one, dict) else one for one in ({"alg": "HS256"}, payload, b"sig"))
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize(
    ("token", "ends_at"),
    [
        (jwt({"exp": NOW + 60}), NOW + 60),
        (jwt({"exp": 0}), 0),
        (jwt({"exp": "soon"}), None),
        (jwt({"exp": True}), None),
        (jwt({"sub": "7"}), None),
        (jwt(b"[1]"), None),
        (jwt(b"{" * 10_000), None),
        ("key.with.dots", None),
        ("..", None),
        ("a.\u2603.b", None),
        ("plain", None),
    ],
)
def test_a_json_web_token_tells_its_own_end(token, ends_at):
    expires = made().expires
    assert expires is not None
    fields = {"apiKey": Secret(token), "account": Secret(jwt({"exp": 1}))}
    context = Context(PRODUCTION, NOW, {})
    assert expires(fields, context) == ends_at, "an account that stands in the path is no token"


OK = {"reason": "ok", "status": [200]}


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"pth": "/"}, ()),
        ({"method": "POST"}, ("method",)),
        ({"method": "DELETE"}, ("method",)),
        ({"path": "v1"}, ("path",)),
        ({"path": "/v1?key=1"}, ("path",)),
        ({"path": "/v1/../admin"}, ("path",)),
        ({"method": "HEAD", "answers": [OK, {"reason": "expired", "text": "over"}]}, ("answers", 1)),
        ({"method": "HEAD", "answers": [OK | {"pointer": "/id"}]}, ("answers", 0)),
        ({"path": "/{apiKey}"}, ("path",)),
        ({"path": "/{nobody}"}, ("path",)),
        ({"headers": {"X": "{apiKey"}}, ("headers",)),
        ({"headers": {"X": "{apiKey.upper}"}}, ("headers",)),
        ({"headers": {"X": "{{apiKey}}"}}, ("headers",)),
        ({"headers": {"X": "a\r\nY: b"}}, ("headers",)),
        ({"headers": {"Host": "10.0.0.1"}}, ("headers",)),
        ({"headers": {"Transfer-Encoding": "chunked"}}, ("headers",)),
        ({"headers": {"X Y": "1"}}, ("headers",)),
        ({"query": {"q": "{nobody}"}}, ("query",)),
        ({"headers": {"X-Key": "{apiKey}", "x-key": "{apiKey}"}}, ("headers",)),
        ({"headers": {"Authorization": "Bearer literal"}, "query": {}}, ("fields",)),
        ({"headers": {"Authorization": "Bearer {account}"}, "query": {}}, ("fields",)),
        ({"headers": {}, "basic": ["{apiKey}", "{nobody}"]}, ("basic",)),
        ({"headers": {}, "basic": ["account", "apiKey"]}, ("basic",)),
        ({"basic": ["{account}", "{apiKey}"]}, ("basic",)),
        ({"expires": "key/ends"}, ("expires",)),
        ({"method": "HEAD", "answers": [OK], "expires": "/ends"}, ("expires",)),
        ({"fields": []}, ("fields",)),
        ({"fields": [{"name": "apiKey", "required": False}]}, ("fields",)),
        ({"fields": [{"name": "api key"}]}, ("fields", 0)),
        ({"fields": [{"name": "apiKey"}, {"name": "b", "aliases": ["apiKey"]}]}, ("fields", 0)),
        ({"answers": []}, ("answers",)),
        ({"answers": [{"reason": "invalid_credential", "status": [401]}]}, ("answers",)),
        ({"answers": [OK, {"reason": "ok"}]}, ("answers", 1)),
        ({"answers": [OK, {"reason": "great", "status": [200]}]}, ("answers", 1, "reason")),
        ({"answers": [OK, {"reason": "worker_crash", "status": [200]}]}, ("answers", 1, "reason")),
        ({"answers": [OK, {"reason": "ok", "status": ["200"]}]}, ("answers", 1, "status", 0)),
        ({"answers": [OK, {"reason": "ok", "status": [99]}]}, ("answers", 1, "status", 0)),
        ({"answers": [OK, {"reason": "ok", "pointer": "id"}]}, ("answers", 1, "pointer")),
        ({"answers": [OK, {"reason": "ok", "pointer": "/a~2"}]}, ("answers", 1, "pointer")),
        ({"answers": [OK, {"reason": "ok", "status": [200], "equals": 1}]}, ("answers", 1, "equals")),
        ({"answers": [OK, {"reason": "ok", "status": [200], "message": "\x1b[31m"}]}, ("answers", 1, "message")),
        ({"per": 0}, ("per",)),
    ],
    ids=str,
)
def test_a_wrong_table_is_refused_where_it_is_wrong(change, at):
    with pytest.raises(BadTable) as refused:
        parse("acme", "https://api.acme.example", TABLE | change)
    assert refused.value.at == at
    assert refused.value.cure


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"answers": [OK, {"reason": "dead", "status": [401]}]}, "invalid_credential"),
        ({"method": "POST"}, "GET or HEAD"),
    ],
)
def test_what_may_stand_there_is_named(change, words):
    with pytest.raises(BadTable) as refused:
        parse("acme", "https://api.acme.example", TABLE | change)
    assert words in refused.value.cure
    assert "dead" not in refused.value.cause


@pytest.mark.parametrize("name", ["", "Acme", "a b", "-a", "a.b", "a" * 65])
def test_a_name_is_a_plain_word(name):
    with pytest.raises(BadTable, match="no name"):
        parse(name, "https://api.acme.example", TABLE)


def test_a_table_gives_no_reason_that_is_not_a_providers():
    assert not {Reason.DEADLINE, Reason.QUARANTINED, Reason.WORKER_CRASH, Reason.UNDECRYPTABLE} & set(GIVEN)
