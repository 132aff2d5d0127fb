import pytest

from tests.helpers.dialogue import NOW, PRODUCTION, answer, header, hold
from tests.helpers.documented.etsy import FIELDS
from workers.provider import Context
from workers.providers.etsy import PROVIDER
from workers.secret import Secret
from workers.wire import Reason

APP = {"apiKey": "keystring"}
ME, PONG = answer(200, {"user_id": 1}), answer(200, {"application_id": 2})
HOUR, DAY = 3600.0, 86_400.0


def ends(saved_at=None, **stored):
    fields = {name: Secret(value) for name, value in (APP | stored).items()}
    return PROVIDER.expires(fields, Context(PRODUCTION, NOW, {}, saved_at=saved_at))


def test_a_seller_is_asked_who_it_is():
    (request,) = hold(PROVIDER, FIELDS, [ME]).requests
    assert request.url == "https://openapi.etsy.com/v3/application/users/me"
    assert header(request, "authorization") == "Bearer 12345678.etsy-access"
    assert header(request, "x-api-key") == "etsy-keystring:etsy-shared-secret"


def test_an_application_alone_is_pinged():
    dialogue = hold(PROVIDER, APP | {"sharedSecret": "secret"}, [PONG])
    assert dialogue.verdict.reason is Reason.OK
    (request,) = dialogue.requests
    assert request.url == "https://openapi.etsy.com/v3/application/openapi-ping"
    assert header(request, "authorization") == ""


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ({"apiKey": "key"}, "key"),
        ({"apiKey": "key", "sharedSecret": "secret"}, "key:secret"),
        ({"apiKey": "key:secret"}, "key:secret"),
        ({"apiKey": "key:secret", "sharedSecret": "secret"}, "key:secret"),
    ],
)
def test_the_key_has_its_shared_secret_once(stored, sent):
    (request,) = hold(PROVIDER, stored, [PONG]).requests
    assert header(request, "x-api-key") == sent


def test_a_refresh_token_is_never_spent():
    expired = answer(401, {"error": "invalid_token", "error_description": "access token is expired"})
    dialogue = hold(PROVIDER, FIELDS | {"refreshToken": "once"}, [expired])
    assert [request.method for request in dialogue.requests] == ["GET"]
    assert dialogue.verdict.reason is Reason.VALID_UNPROBED


def test_tokens_end_as_documented_and_applications_never():
    told = "2025-06-15T15:06:40Z"
    assert ends(saved_at=NOW) is None
    assert ends(saved_at=NOW, accessToken="a") == NOW + HOUR
    assert ends(saved_at=NOW - DAY, accessToken="a", expiresAt=told) == NOW
    assert ends(accessToken="a", expiresAt="soon") is None
    assert ends(saved_at=NOW, accessToken="a", refreshToken="r", expiresAt=told) == NOW + 90 * DAY
    assert ends(accessToken="a", refreshToken="r", expiresAt=told) is None
