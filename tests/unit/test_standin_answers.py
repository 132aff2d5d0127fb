"""The stand-in marketplace's answers, without a socket."""

import json
from base64 import b64encode

import pytest

from supervisor.standin.answers import APIS, REDIRECTED, answer, api_of
from supervisor.standin.mark import UNMARKED, read
from supervisor.standin.message import Request, framed, parsed
from workers.catalog import KNOWN

PROBES = {
    "ebay": ("GET", "/sell/account/v1/privilege"),
    "amazon": ("POST", "/auth/o2/token"),
    "mercadolibre": ("GET", "/users/me"),
    "paypal": ("POST", "/v1/oauth2/token"),
    "stripe": ("GET", "/v1/balance"),
    "openai": ("GET", "/v1/models"),
    "groq": ("GET", "/openai/v1/models"),
    "gemini": ("GET", "/v1beta/models"),
    "scraperapi": ("GET", "/account"),
    "zenrows": ("GET", "/v1/subscriptions/self/details"),
    "serpapi": ("GET", "/account.json"),
    "2captcha": ("POST", "/getBalance"),
    "twilio": ("GET", "/2010-04-01/Accounts/AC0.json"),
    "slack": ("POST", "/api/auth.test"),
    "sendgrid": ("GET", "/v3/scopes"),
    "shopify": ("GET", "/admin/oauth/access_scopes.json"),
    "etsy": ("GET", "/v3/application/users/me"),
    "aliexpress-affiliate": ("POST", "/sync?method=aliexpress.affiliate.category.get"),
    "aliexpress-dropshipping": ("POST", "/sync?method=aliexpress.ds.category.get"),
}

# Statuses that a provider documents instead of the usual ones for a word.
_ALWAYS_200 = {word: {200} for word in ("revoked", "expired", "restricted", "limited", "quota", "broken")}
OTHERWISE = {
    "aliexpress-affiliate": _ALWAYS_200,
    "aliexpress-dropshipping": _ALWAYS_200,
    # Its log-in refuses a grant with 400; what else is refused is refused at the marketplaces, with the token.
    "amazon": {"revoked": {400}} | {word: {200} for word in ("expired", "restricted", "limited", "quota")},
    "gemini": {"revoked": {400}, "expired": {400}},
    "scraperapi": {"quota": {200}},
    "zenrows": {"restricted": {402}},
    "2captcha": {"revoked": {200}, "expired": {200}, "restricted": {200}, "quota": {200}},
    "slack": {"revoked": {200}, "expired": {200}, "restricted": {200}},
    "sendgrid": {"quota": {401}},
}


def probe(api, credential):
    method, target = PROBES[api]
    path, _, query = target.partition("?")
    return Request(method, path, query, {"authorization": f"Bearer {credential}"}, b"")


def ask(api, credential):
    request = probe(api, credential)
    return answer(request, read(request))


def text(api, word):
    response = ask(api, f"xx_demo-{word}-alice")
    return response.status, response.body.decode()


def refresh(grant, client="app:cert"):
    basic = b64encode(client.encode()).decode()
    body = f"grant_type=refresh_token&refresh_token={grant}&scope=x".encode()
    request = Request("POST", "/identity/v1/oauth2/token", "", {"authorization": f"Basic {basic}"}, body)
    return answer(request, read(request))


def test_it_plays_only_known_apis_and_each_has_a_probe() -> None:
    assert set(APIS) <= set(KNOWN)
    assert set(APIS) == set(PROBES)
    assert [api_of(probe(api, "")) for api in PROBES] == list(PROBES)


def test_a_path_that_nobody_has_is_404_and_nobodys() -> None:
    request = Request("GET", "/v1/charges", "", {"authorization": "Bearer demo-good"}, b"")
    assert answer(request, read(request)).status == 404
    assert api_of(request) == "-"


@pytest.mark.parametrize("api", APIS)
def test_a_good_key_gets_200_with_json_and_an_unmarked_one_is_refused(api) -> None:
    good = ask(api, "demo-good-alice")
    assert good.status == 200
    assert isinstance(json.loads(good.body), dict)
    unmarked = ask(api, "anything else")
    assert unmarked.status == ask(api, "demo-revoked").status
    assert unmarked.body != good.body


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("word", "statuses"),
    [
        ("slow", {200}),
        ("revoked", {401}),
        ("expired", {401}),
        ("restricted", {403}),
        ("limited", {429}),
        ("quota", {402, 429}),
        ("broken", {500}),
        ("html", {403}),
        ("redirect", {302}),
        ("empty", {200}),
        ("mangled", {200}),
        ("escapes", {400}),
    ],
)
def test_every_api_knows_every_common_word(api, word, statuses) -> None:
    assert ask(api, f"demo-{word}-alice").status in OTHERWISE.get(api, {}).get(word, statuses)


@pytest.mark.parametrize(
    ("api", "word", "status", "marker"),
    [
        ("ebay", "revoked", 401, '"errorId":1001,"domain":"OAuth"'),
        ("ebay", "restricted", 403, '"errorId":1100,"domain":"ACCESS"'),
        ("ebay", "limited", 429, '"errorId":2001'),
        ("ebay", "broken", 500, '"errorId":20500'),
        ("mercadolibre", "good", 200, '"site_status":"active"'),
        ("mercadolibre", "suspended", 200, '"site_status":"deactive"'),
        ("mercadolibre", "revoked", 401, '"code":"unauthorized","message":"invalid access token"'),
        ("mercadolibre", "expired", 401, '"error":"not_found","status":401'),
        ("mercadolibre", "restricted", 403, '"error":"Invalid scopes","code":"FORBIDDEN"'),
        ("mercadolibre", "forbidden", 403, '"error":"access_denied","code":"FORBIDDEN"'),
        ("mercadolibre", "limited", 429, "local_rate_limited"),
        ("paypal", "good", 200, '"token_type":"Bearer"'),
        ("paypal", "revoked", 401, '"error":"invalid_client"'),
        ("paypal", "denied", 401, "AUTHENTICATION_FAILURE"),
        ("paypal", "restricted", 403, "NOT_AUTHORIZED"),
        ("paypal", "limited", 429, "RATE_LIMIT_REACHED"),
        ("stripe", "revoked", 401, "Invalid API Key provided: xx_demo-"),
        ("stripe", "expired", 401, '"code":"api_key_expired"'),
        ("stripe", "restricted", 403, "does not have the required permissions for this endpoint"),
        ("openai", "revoked", 401, '"code":"invalid_api_key"'),
        ("openai", "stranger", 401, "member of an organization"),
        ("openai", "elsewhere", 401, "ip_not_authorized"),
        ("openai", "restricted", 403, "Missing scopes: api.model.read"),
        ("openai", "scopeless", 401, "Missing scopes: api.model.read"),
        ("openai", "country", 403, "unsupported_country_region_territory"),
        ("openai", "quota", 429, '"code":"insufficient_quota"'),
        ("openai", "credit", 429, '"code":"credit_balance_exhausted"'),
        ("openai", "limited", 429, '"code":"rate_limit_exceeded"'),
        ("openai", "overloaded", 503, "server_error"),
        ("groq", "revoked", 401, '"message":"Invalid API Key","type":"invalid_request_error"'),
        ("groq", "limited", 429, '"code":"rate_limit_exceeded"'),
        ("groq", "suspended", 400, "organization_restricted"),
        ("groq", "busy", 498, "capacity_exceeded"),
    ],
)
def test_documented_answers_carry_their_documented_marker(api, word, status, marker) -> None:
    got, body = text(api, word)
    assert got == status
    assert marker in body


def test_stripe_and_openai_echo_the_key_only_in_part() -> None:
    key = "sk_test_demo-revoked-alice0000000000007777"
    for api in ("stripe", "openai"):
        body = ask(api, key).body.decode()
        assert "sk_test_" in body
        assert "7777" in body
        assert key not in body
    assert b"rate_limit" not in ask("stripe", "demo-limited").body.replace(b"docs/rate-limits", b"")


def test_limits_say_when_to_come_back_where_the_provider_does() -> None:
    for api in ("stripe", "openai", "groq"):
        names = {name.lower() for name, _ in ask(api, "demo-limited-alice").headers}
        assert "retry-after" in names


def test_ebay_mints_a_token_that_may_do_what_its_grant_may() -> None:
    token = json.loads(refresh("v%5E1.1%23demo-good-olga").body)["access_token"]
    assert ask("ebay", token).status == 200
    token = json.loads(refresh("demo-restricted-olga").body)["access_token"]
    assert ask("ebay", token).status == 403


def test_ebay_tells_a_dead_grant_from_a_dead_client() -> None:
    assert b"invalid_grant" in refresh("demo-revoked-olga").body
    assert b"invalid_grant" in refresh("unknown").body
    assert b"invalid_scope" in refresh("demo-noscope-olga").body
    dead_client = refresh("demo-good-olga", client="app:demo-revoked-cert")
    assert dead_client.status == 401
    assert b"invalid_client" in dead_client.body


def test_paypal_judges_the_secret_in_basic_credentials() -> None:
    def token(pair):
        headers = {"authorization": "Basic " + b64encode(pair.encode()).decode()}
        request = Request("POST", "/v1/oauth2/token", "", headers, b"grant_type=client_credentials")
        return answer(request, read(request))

    assert token("AYclient:demo-good-bob").status == 200
    assert token("AYclient:demo-revoked-bob").status == 401
    minted = json.loads(token("AYclient:demo-good-bob").body)["access_token"]
    request = Request("GET", "/v1/identity/openidconnect/userinfo", "", {"authorization": f"Bearer {minted}"}, b"")
    assert answer(request, read(request)).status == 200


def test_mercadolibre_never_refreshes() -> None:
    request = Request("POST", "/oauth/token", "", {}, b"grant_type=refresh_token&refresh_token=demo-good-x")
    assert answer(request, read(request)).status == 400


@pytest.mark.parametrize(
    ("credential", "word", "delay_s", "mark"),
    [
        ("sk_live_demo-good-a.b", "good", 0.0, "demo-good-a.b"),
        ("demo-slow-250ms-olga", "slow", 0.25, "demo-slow-250ms-olga"),
        ("demo-slow-olga", "slow", 0.25, "demo-slow-olga"),
        ("demo-revoked-40ms", "revoked", 0.04, "demo-revoked-40ms"),
        ("demo-good", "good", 0.0, "demo-good"),
        ("demo-7", "revoked", 0.0, "-"),
    ],
)
def test_a_mark_is_a_word_a_delay_and_a_tag(credential, word, delay_s, mark) -> None:
    found = read(probe("stripe", credential))
    assert (found.word, found.delay_s, found.text) == (word, delay_s, mark)


def test_a_mark_is_found_in_any_header_in_the_query_and_in_the_body() -> None:
    assert read(Request("GET", "/", "", {"x-api-key": "demo-good-h"}, b"")).text == "demo-good-h"
    assert read(Request("GET", "/", "api_key=demo-good-q&x=1", {}, b"")).text == "demo-good-q"
    assert read(Request("POST", "/", "", {}, b'{"clientKey":"demo-good-b"}')).text == "demo-good-b"
    assert read(Request("GET", "/", "", {"authorization": "Basic ???"}, b"")) == UNMARKED


def test_escapes_hold_real_control_characters_and_a_forged_log_line() -> None:
    body = ask("groq", "demo-escapes-eve").body
    assert b"\x1b[2J" in body
    assert b'\n{"at":"2026-01-01' in body


def test_a_redirect_leads_to_where_the_ledger_would_show_it() -> None:
    assert ("Location", REDIRECTED) in ask("groq", "demo-redirect-eve").headers


def test_a_response_is_framed_with_its_length_and_a_request_is_parsed_back() -> None:
    head, _, body = framed(ask("groq", "demo-busy-alice")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 498 Unknown\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    request = parsed(b"GET /v1/x?k=v HTTP/1.1\r\nHost: h\r\nAuthorization:  Bearer t ", b"")
    assert request == Request("GET", "/v1/x", "k=v", {"host": "h", "authorization": "Bearer t"}, b"")


@pytest.mark.parametrize("head", [b"", b"GET /", b"GET / HTTP/1.0", b"\x16\x03\x01"])
def test_what_is_no_http_request_is_refused(head) -> None:
    with pytest.raises(ValueError):
        parsed(head, b"")
