import pytest

from tests.helpers.dialogue import NOW, PRODUCTION, SANDBOX, answer, header, hold
from tests.helpers.documented import CASES, FIELDS, PROBED
from workers import providers
from workers.verdict import Failure, Trouble
from workers.wire import Reason

PAST, FUTURE = str(int(NOW - 1)), str(int(NOW + 1))
OK = {case.api: case.reply for case in reversed(CASES) if case.reason is Reason.OK}
MELI_DEAD = answer(401, {"code": "unauthorized", "message": "invalid access token"})


def probe(api, *script, environment=PRODUCTION, **more):
    return hold(providers.find(api), FIELDS[api] | more, script, environment=environment)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_documented_answer_has_its_verdict(case):
    dialogue = hold(providers.find(case.api), FIELDS[case.api] | case.fields, case.script, environment=case.environment)
    assert dialogue.verdict.reason is case.reason
    assert dialogue.unheard == 0


def texts_in(value):
    match value:
        case str():
            yield value
        case dict():
            yield from (text for inner in value.values() for text in texts_in(inner))
        case list():
            yield from (text for inner in value for text in texts_in(inner))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_verdict_repeats_no_word_of_the_provider_or_the_tenant(case):
    dialogue = hold(providers.find(case.api), FIELDS[case.api] | case.fields, case.script, environment=case.environment)
    message = dialogue.verdict.message
    said = [*texts_in(case.body), *FIELDS[case.api].values()]
    assert not [text for text in said if len(text) > 8 and text.lower() in message.lower()]


@pytest.mark.parametrize("api", PROBED)
@pytest.mark.parametrize("trouble", Trouble)
def test_a_failed_exchange_is_never_the_credentials_fault(api, trouble):
    reason = probe(api, Failure(trouble)).verdict.reason
    assert reason in {
        Reason.UNREACHABLE,
        Reason.PROVIDER_ERROR,
        Reason.BLOCKED,
        Reason.CORRUPT,
        Reason.VALID_UNPROBED,
    }


@pytest.mark.parametrize(
    ("api", "method", "url"),
    [
        ("ebay", "GET", "https://api.ebay.com/sell/account/v1/privilege"),
        ("mercadolibre", "GET", "https://api.mercadolibre.com/users/me"),
        ("paypal", "POST", "https://api-m.paypal.com/v1/oauth2/token"),
        ("stripe", "GET", "https://api.stripe.com/v1/balance"),
        ("openai", "GET", "https://api.openai.com/v1/models"),
        ("groq", "GET", "https://api.groq.com/openai/v1/models"),
    ],
)
def test_the_probe_asks_this_and_nothing_else(api, method, url):
    dialogue = probe(api, OK[api])
    assert [(request.method, request.url) for request in dialogue.requests] == [(method, url)]
    assert not dialogue.requests[0].query


@pytest.mark.parametrize(
    ("api", "authorization"),
    [
        ("ebay", "Bearer v^1.1#access"),
        ("mercadolibre", "Bearer APP_USR-access"),
        ("paypal", "Basic cGF5cGFsLWNsaWVudDpwYXlwYWwtc2VjcmV0"),  # paypal-client:paypal-secret
        ("stripe", "Bearer sk_live_secret"),
        ("openai", "Bearer sk-openai-secret"),
        ("groq", "Bearer gsk_groq_secret"),
    ],
)
def test_the_credential_goes_in_the_authorization_header(api, authorization):
    (request,) = probe(api, OK[api]).requests
    assert header(request, "authorization") == authorization
    assert header(request, "accept") == "application/json"
    assert header(request, "content-type") == ("application/x-www-form-urlencoded" if request.body else "")


NAMES = {"twilio": ["accountSid"], "shopify": ["shop"], "email": ["host"]}  # fields in the URL that are no secrets


@pytest.mark.parametrize("api", PROBED)
def test_no_secret_is_in_a_url_or_a_repr(api):
    secrets = [value for name, value in FIELDS[api].items() if len(value) > 4 and name not in NAMES.get(api, ())]
    for request in probe(api, OK[api]).requests:
        assert not [secret for secret in secrets if secret in getattr(request, "url", "") + repr(request)]


def test_mercadolibre_without_an_access_token_is_not_asked():
    fields = {"clientId": "c", "clientSecret": "s", "refreshToken": "TG-once"}
    dialogue = hold(providers.find("mercadolibre"), fields, [])
    assert (dialogue.verdict.reason, dialogue.requests) == (Reason.VALID_UNPROBED, ())


def test_mercadolibre_never_spends_a_refresh_token():
    dialogue = probe("mercadolibre", MELI_DEAD, refreshToken="TG-once")
    assert [request.method for request in dialogue.requests] == ["GET"]
    assert dialogue.verdict.reason is Reason.INVALID_CREDENTIAL


def test_mercadolibre_says_expired_only_when_the_stored_date_does():
    assert probe("mercadolibre", MELI_DEAD, expiresAt=PAST).verdict.reason is Reason.EXPIRED
    assert probe("mercadolibre", MELI_DEAD, expiresAt=FUTURE).verdict.reason is Reason.INVALID_CREDENTIAL
    assert probe("mercadolibre", MELI_DEAD, expiresAt="soon").verdict.reason is Reason.INVALID_CREDENTIAL
    assert probe("mercadolibre", OK["mercadolibre"], expiresAt=PAST).verdict.reason is Reason.OK


def test_mercadolibre_has_one_host_for_both_environments():
    assert (
        probe("mercadolibre", OK["mercadolibre"], environment=SANDBOX)
        .requests[0]
        .url.startswith("https://api.mercadolibre.com/")
    )


def test_paypal_is_asked_at_the_host_of_the_row():
    fields = FIELDS["paypal"] | {"environment": "sandbox"}
    (request,) = hold(providers.find("paypal"), fields, [OK["paypal"]], environment=SANDBOX).requests
    assert request.url == "https://api-m.sandbox.paypal.com/v1/oauth2/token"
    assert request.body is not None
    assert request.body.reveal() == "grant_type=client_credentials"


@pytest.mark.parametrize(
    ("row", "stored", "agrees"),
    [
        (PRODUCTION, "live", True),
        (PRODUCTION, " LIVE ", True),
        (PRODUCTION, "production", True),
        (SANDBOX, "sandbox", True),
        (PRODUCTION, "sandbox", False),
        (SANDBOX, "live", False),
    ],
)
def test_paypal_keys_stored_for_the_other_environment_are_degraded_when_they_work(row, stored, agrees):
    fields = FIELDS["paypal"] | {"environment": stored}
    verdict = hold(providers.find("paypal"), fields, [OK["paypal"]], environment=row).verdict
    assert verdict.reason is (Reason.OK if agrees else Reason.INSUFFICIENT_SCOPE)
    refused = hold(
        providers.find("paypal"), fields, [answer(401, {"error": "invalid_client"})], environment=row
    ).verdict
    assert refused.reason is Reason.INVALID_CREDENTIAL
    assert ("stored environment" in refused.message) is not agrees


def test_paypal_with_another_environment_is_not_asked():
    dialogue = hold(providers.find("paypal"), FIELDS["paypal"] | {"environment": "moon"}, [])
    assert (dialogue.verdict.reason, dialogue.requests) == (Reason.MISSING_FIELDS, ())


def test_paypal_without_a_token_in_its_success_is_not_believed():
    assert probe("paypal", answer(200, {"access_token": ""})).verdict.reason is Reason.UNRECOGNISED


@pytest.mark.parametrize(
    ("row", "key", "agrees"),
    [
        (PRODUCTION, "sk_live_x", True),
        (PRODUCTION, "rk_live_x", True),
        (SANDBOX, "sk_test_x", True),
        (PRODUCTION, "sk_test_x", False),
        (SANDBOX, "sk_live_x", False),
    ],
)
def test_stripe_says_when_a_key_is_of_the_other_mode(row, key, agrees):
    verdict = probe("stripe", OK["stripe"], environment=row, secretKey=key).verdict
    assert verdict.reason is Reason.OK
    assert ("mode" in verdict.message) is not agrees


def test_stripe_is_asked_in_a_version_that_tells_restricted_from_invalid():
    (request,) = probe("stripe", OK["stripe"]).requests
    assert header(request, "stripe-version") >= "2016-10-19"


def test_openai_is_asked_with_the_stored_organization():
    assert header(probe("openai", OK["openai"]).requests[0], "openai-organization") == "org-sample"
    without = hold(providers.find("openai"), {"apiKey": "sk-x"}, [OK["openai"]])
    assert header(without.requests[0], "openai-organization") == ""
