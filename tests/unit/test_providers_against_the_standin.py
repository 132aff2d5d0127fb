"""Every provider against the stand-in marketplace's answers, without a socket: both ends read the same documents."""

from urllib.parse import urlencode, urlsplit

import pytest

from supervisor.standin.answers import answer
from supervisor.standin.mark import read
from supervisor.standin.message import Request as Heard
from tests.helpers.dialogue import NOW, PRODUCTION, shown
from workers import providers
from workers.provider import Context
from workers.secret import Secret
from workers.verdict import Reply
from workers.wire import Reason

FRONT = {
    "html": Reason.BLOCKED,
    "redirect": Reason.UNRECOGNISED,
    "empty": Reason.PROVIDER_ERROR,
    "mangled": Reason.PROVIDER_ERROR,
    "escapes": Reason.UNRECOGNISED,
    "good": Reason.OK,
    "slow": Reason.OK,
    "revoked": Reason.INVALID_CREDENTIAL,
    "limited": Reason.RATE_LIMITED,
    "broken": Reason.PROVIDER_ERROR,
}
OWN = {
    "ebay": {"expired": Reason.INVALID_CREDENTIAL, "restricted": Reason.INSUFFICIENT_SCOPE},
    "amazon": {
        "expired": Reason.EXPIRED,
        "rotated": Reason.INVALID_CREDENTIAL,
        "unauthorised": Reason.UNRECOGNISED,
        "restricted": Reason.UNRECOGNISED,
        "dead": Reason.UNRECOGNISED,
        "late": Reason.UNRECOGNISED,
        "tokenless": Reason.UNRECOGNISED,
        "quota": Reason.RATE_LIMITED,
        "suspended": Reason.OK,
        "elsewhere": Reason.OK,
    },
    "mercadolibre": {
        "expired": Reason.INVALID_CREDENTIAL,
        "suspended": Reason.ACCOUNT_RESTRICTED,
        "restricted": Reason.UNRECOGNISED,
        "forbidden": Reason.UNRECOGNISED,
    },
    "paypal": {"denied": Reason.INVALID_CREDENTIAL, "restricted": Reason.INSUFFICIENT_SCOPE},
    "stripe": {
        "expired": Reason.EXPIRED,
        "restricted": Reason.INSUFFICIENT_SCOPE,
        "publishable": Reason.INVALID_CREDENTIAL,
        "elsewhere": Reason.BLOCKED,
    },
    "openai": {
        "quota": Reason.QUOTA_EXHAUSTED,
        "credit": Reason.QUOTA_EXHAUSTED,
        "deactivated": Reason.ACCOUNT_RESTRICTED,
        "unpaid": Reason.ACCOUNT_RESTRICTED,
        "restricted": Reason.INSUFFICIENT_SCOPE,
        "scopeless": Reason.INSUFFICIENT_SCOPE,
        "stranger": Reason.UNRECOGNISED,
        "elsewhere": Reason.BLOCKED,
        "country": Reason.BLOCKED,
        "overloaded": Reason.PROVIDER_ERROR,
    },
    "groq": {"restricted": Reason.UNRECOGNISED, "suspended": Reason.ACCOUNT_RESTRICTED, "busy": Reason.RATE_LIMITED},
    "gemini": {
        "expired": Reason.EXPIRED,
        "leaked": Reason.INVALID_CREDENTIAL,
        "restricted": Reason.INSUFFICIENT_SCOPE,
        "disabled": Reason.INSUFFICIENT_SCOPE,
        "suspended": Reason.ACCOUNT_RESTRICTED,
        "unpaid": Reason.ACCOUNT_RESTRICTED,
        "elsewhere": Reason.BLOCKED,
        "referrer": Reason.BLOCKED,
        "spent": Reason.QUOTA_EXHAUSTED,
        "country": Reason.BLOCKED,
        "quota": Reason.RATE_LIMITED,
        "overloaded": Reason.PROVIDER_ERROR,
    },
    "scraperapi": {
        "expired": Reason.INVALID_CREDENTIAL,
        "restricted": Reason.UNRECOGNISED,
        "quota": Reason.OK,
    },
    "zenrows": {
        "expired": Reason.INVALID_CREDENTIAL,
        "malformed": Reason.INVALID_CREDENTIAL,
        "full": Reason.OK,
        "quota": Reason.QUOTA_EXHAUSTED,
        "restricted": Reason.UNRECOGNISED,
        "lapsed": Reason.ACCOUNT_RESTRICTED,
        "blocked": Reason.BLOCKED,
        "busy": Reason.RATE_LIMITED,
    },
    "serpapi": {
        "expired": Reason.INVALID_CREDENTIAL,
        "restricted": Reason.UNRECOGNISED,
        "suspended": Reason.UNRECOGNISED,
        "spent": Reason.QUOTA_EXHAUSTED,
        "quota": Reason.RATE_LIMITED,
        "away": Reason.PROVIDER_ERROR,
    },
    "2captcha": {
        "expired": Reason.INVALID_CREDENTIAL,
        "spent": Reason.QUOTA_EXHAUSTED,
        "quota": Reason.QUOTA_EXHAUSTED,
        "restricted": Reason.BLOCKED,
        "banned": Reason.BLOCKED,
        "suspended": Reason.ACCOUNT_RESTRICTED,
    },
    "twilio": {
        "expired": Reason.INVALID_CREDENTIAL,
        "suspended": Reason.ACCOUNT_RESTRICTED,
        "closed": Reason.ACCOUNT_RESTRICTED,
        "restricted": Reason.ACCOUNT_RESTRICTED,
        "testing": Reason.INSUFFICIENT_SCOPE,
        "inactive": Reason.ACCOUNT_RESTRICTED,
        "unauthorised": Reason.UNRECOGNISED,
        "quota": Reason.RATE_LIMITED,
    },
    "slack": {
        "expired": Reason.EXPIRED,
        "invalid": Reason.INVALID_CREDENTIAL,
        "inactive": Reason.INVALID_CREDENTIAL,
        "restricted": Reason.BLOCKED,
        "moving": Reason.PROVIDER_ERROR,
        "merging": Reason.PROVIDER_ERROR,
        "tokenless": Reason.UNRECOGNISED,
        "kindless": Reason.UNRECOGNISED,
        "fatal": Reason.PROVIDER_ERROR,
        "internal": Reason.PROVIDER_ERROR,
        "unavailable": Reason.PROVIDER_ERROR,
        "timeout": Reason.PROVIDER_ERROR,
        "quota": Reason.RATE_LIMITED,
    },
    "sendgrid": {
        "expired": Reason.INVALID_CREDENTIAL,
        "mailless": Reason.OK,
        "quota": Reason.QUOTA_EXHAUSTED,
        "scopeless": Reason.INSUFFICIENT_SCOPE,
        "restricted": Reason.UNRECOGNISED,
        "banned": Reason.UNRECOGNISED,
    },
    "shopify": {
        "expired": Reason.INVALID_CREDENTIAL,
        "frozen": Reason.ACCOUNT_RESTRICTED,
        "locked": Reason.ACCOUNT_RESTRICTED,
        "restricted": Reason.UNRECOGNISED,
        "moved": Reason.UNRECOGNISED,
        "rejected": Reason.BLOCKED,
        "quota": Reason.RATE_LIMITED,
    },
    "etsy": {
        "expired": Reason.EXPIRED,
        "restricted": Reason.INSUFFICIENT_SCOPE,
        "secretless": Reason.MISSING_FIELDS,
        "halved": Reason.MISSING_FIELDS,
        "pending": Reason.UNRECOGNISED,
        "quota": Reason.RATE_LIMITED,
    },
    "aliexpress-affiliate": {
        "expired": Reason.INVALID_CREDENTIAL,
        "unsigned": Reason.INVALID_CREDENTIAL,
        "restricted": Reason.INSUFFICIENT_SCOPE,
        "late": Reason.CLOCK_SKEW,
        "elsewhere": Reason.BLOCKED,
        "quota": Reason.RATE_LIMITED,
        "banned": Reason.RATE_LIMITED,
        "stranger": Reason.UNRECOGNISED,
        "pathless": Reason.UNRECOGNISED,
    },
    "aliexpress-dropshipping": {
        "expired": Reason.INVALID_CREDENTIAL,
        "unknown": Reason.INVALID_CREDENTIAL,
        "unsigned": Reason.INVALID_CREDENTIAL,
        "restricted": Reason.INSUFFICIENT_SCOPE,
        "late": Reason.CLOCK_SKEW,
        "elsewhere": Reason.BLOCKED,
        "quota": Reason.RATE_LIMITED,
        "banned": Reason.RATE_LIMITED,
        "tokenless": Reason.UNRECOGNISED,
    },
}
MARKED = {
    "ebay": "token",
    "amazon": "refreshToken",
    "mercadolibre": "accessToken",
    "paypal": "clientSecret",
    "stripe": "secretKey",
    "openai": "apiKey",
    "groq": "apiKey",
    "gemini": "apiKey",
    "scraperapi": "apiKey",
    "zenrows": "apiKey",
    "2captcha": "apiKey",
    "serpapi": "apiKey",
    "twilio": "authToken",
    "slack": "botToken",
    "sendgrid": "apiKey",
    "shopify": "accessToken",
    "etsy": "accessToken",
    "aliexpress-affiliate": "appKey",
    "aliexpress-dropshipping": "accessToken",
}
BESIDE = {
    "apiKey": "key",
    "appKey": "123456",
    "appSecret": "helloworld",
    "accountSid": "AC0",
    "shop": "sample",
    "appId": "app",
    "devId": "dev",
    "certId": "cert",
    "clientId": "client",
    "clientSecret": "secret",
    "sellerId": "A0",
    "marketplaceId": "ATVPDKIKX0DER",
    "environment": "live",
}


def heard(request):
    headers = {name.lower(): shown(value) for name, value in request.headers.items()}
    body = request.body.reveal().encode() if request.body else b""
    query = urlencode({name: shown(value) for name, value in request.query.items()})
    return Heard(request.method, urlsplit(request.url).path, query, headers, body)


def judged(api, **stored):
    provider = providers.find(api)
    fields = {name: Secret(value) for name, value in (BESIDE | stored).items()}
    conversation = provider.converse(fields, Context(PRODUCTION, NOW, {}))
    try:
        request = next(conversation)
        while True:
            response = answer(heard(request), read(heard(request)))
            headers = {name.lower(): value for name, value in response.headers}
            request = conversation.send(Reply(response.status, headers, response.body))
    except StopIteration as end:
        return end.value


@pytest.mark.parametrize(
    ("api", "word", "reason"), [(api, word, reason) for api in OWN for word, reason in (FRONT | OWN[api]).items()]
)
def test_what_the_standin_says_is_understood(api, word, reason):
    verdict = judged(api, **{MARKED[api]: f"key_demo-{word}-alice"})
    assert verdict.reason is reason
    assert "alice" not in verdict.message
    assert verdict.message.isprintable()


@pytest.mark.parametrize(
    ("grant", "client", "reason"),
    [
        ("good", "good", Reason.OK),
        ("revoked", "good", Reason.INVALID_CREDENTIAL),
        ("good", "revoked", Reason.INVALID_CREDENTIAL),
        ("noscope", "good", Reason.UNRECOGNISED),
        ("restricted", "good", Reason.INSUFFICIENT_SCOPE),
        ("limited", "good", Reason.RATE_LIMITED),
        ("broken", "good", Reason.PROVIDER_ERROR),
    ],
)
def test_an_expired_ebay_token_is_what_its_refresh_token_is(grant, client, reason):
    stored = {"token": "demo-expired", "refreshToken": f"demo-{grant}", "appId": f"demo-{client}"}
    assert judged("ebay", **stored).reason is reason
