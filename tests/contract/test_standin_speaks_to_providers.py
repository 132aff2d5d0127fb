"""Both ends of the same facts: what each word of the stand-in makes the worker's own providers say."""

from urllib.parse import urlencode

import pytest

from supervisor.standin.answers import answer
from supervisor.standin.mark import read
from supervisor.standin.message import Request
from workers import providers
from workers.provider import Context
from workers.secret import Secret
from workers.verdict import Reply
from workers.wire import Reason

FIELDS = {
    "ebay": lambda mark: {"appId": "app", "devId": "dev", "certId": "cert", "token": f"v^1.1#{mark}"},
    "mercadolibre": lambda mark: {"clientId": "1", "clientSecret": "s", "accessToken": f"APP_USR-{mark}"},
    "paypal": lambda mark: {"clientId": "AY", "clientSecret": mark, "environment": "live"},
    "stripe": lambda mark: {"publicKey": "pk_live_x", "secretKey": f"sk_live_{mark}"},
    "openai": lambda mark: {"apiKey": f"sk-{mark}-0000000000000000"},
    "groq": lambda mark: {"apiKey": f"gsk_{mark}"},
}


def plain(value):
    return value if isinstance(value, str) else value.reveal()


def reason(api, mark, **more):
    """The reason after the whole conversation, with the stand-in's pure answers at the other end."""
    fields = {name: Secret(value) for name, value in (FIELDS[api](mark) | more).items()}
    conversation = providers.find(api).converse(fields, Context("production", 0.0, {}))
    replied = None
    while True:
        try:
            asked = conversation.send(replied)
        except StopIteration as done:
            return done.value.reason
        headers = {name.lower(): plain(value) for name, value in asked.headers.items()}
        query = urlencode({name: plain(value) for name, value in asked.query.items()})
        path = "/" + asked.url.split("/", 3)[3]
        body = asked.body.reveal().encode() if asked.body else b""
        request = Request(asked.method, path, query, headers, body)
        response = answer(request, read(request))
        replied = Reply(response.status, {name.lower(): value for name, value in response.headers}, response.body)


@pytest.mark.parametrize("api", FIELDS)
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("good", Reason.OK),
        ("revoked", Reason.INVALID_CREDENTIAL),
        ("limited", Reason.RATE_LIMITED),
        ("broken", Reason.PROVIDER_ERROR),
        ("html", Reason.BLOCKED),
        ("redirect", Reason.UNRECOGNISED),
        ("empty", Reason.PROVIDER_ERROR),
        ("mangled", Reason.PROVIDER_ERROR),
        ("escapes", Reason.UNRECOGNISED),
    ],
)
def test_common_words_are_judged_alike_everywhere(api, word, said) -> None:
    assert reason(api, f"demo-{word}-x") is said


@pytest.mark.parametrize(
    ("api", "word", "said"),
    [
        ("ebay", "restricted", Reason.INSUFFICIENT_SCOPE),
        ("mercadolibre", "suspended", Reason.ACCOUNT_RESTRICTED),
        ("mercadolibre", "expired", Reason.INVALID_CREDENTIAL),
        ("mercadolibre", "restricted", Reason.UNRECOGNISED),
        ("mercadolibre", "forbidden", Reason.UNRECOGNISED),
        ("paypal", "restricted", Reason.INSUFFICIENT_SCOPE),
        ("paypal", "denied", Reason.INVALID_CREDENTIAL),
        ("stripe", "expired", Reason.EXPIRED),
        ("stripe", "restricted", Reason.INSUFFICIENT_SCOPE),
        ("openai", "restricted", Reason.INSUFFICIENT_SCOPE),
        ("openai", "scopeless", Reason.INSUFFICIENT_SCOPE),
        ("openai", "stranger", Reason.UNRECOGNISED),
        ("openai", "elsewhere", Reason.BLOCKED),
        ("openai", "country", Reason.BLOCKED),
        ("openai", "quota", Reason.QUOTA_EXHAUSTED),
        ("openai", "credit", Reason.QUOTA_EXHAUSTED),
        ("openai", "overloaded", Reason.PROVIDER_ERROR),
        ("groq", "suspended", Reason.ACCOUNT_RESTRICTED),
        ("groq", "restricted", Reason.UNRECOGNISED),
        ("groq", "busy", Reason.RATE_LIMITED),
    ],
)
def test_a_providers_own_answers_are_judged_as_documented(api, word, said) -> None:
    assert reason(api, f"demo-{word}-x") is said


@pytest.mark.parametrize(
    ("grant", "said"),
    [
        ("good", Reason.OK),
        ("revoked", Reason.INVALID_CREDENTIAL),
        ("restricted", Reason.INSUFFICIENT_SCOPE),
        ("noscope", Reason.UNRECOGNISED),
        ("limited", Reason.RATE_LIMITED),
    ],
)
def test_a_dead_ebay_token_is_as_good_as_the_grant_behind_it(grant, said) -> None:
    assert reason("ebay", "demo-expired-x", refreshToken=f"demo-{grant}-x") is said
    assert (
        reason("ebay", "demo-expired-x", certId="demo-revoked-c", refreshToken="demo-good-x")
        is Reason.INVALID_CREDENTIAL
    )
