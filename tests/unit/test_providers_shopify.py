import pytest

from tests.helpers.dialogue import NOW, PRODUCTION, answer, header, hold
from workers.budget import retry_after
from workers.provider import Context
from workers.providers.shopify import PROVIDER
from workers.secret import Secret
from workers.wire import Reason

GOOD = answer(200, {"access_scopes": []})
DAY = 86_400.0


def stored(shop, **more):
    return {"shop": shop, "accessToken": "shpat_secret", **more}


def ends(saved_at=None, **more):
    fields = {name: Secret(value) for name, value in stored("a", **more).items()}
    return PROVIDER.expires(fields, Context(PRODUCTION, NOW, {}, saved_at=saved_at))


@pytest.mark.parametrize("shop", ["sample", "sample.myshopify.com", "  Sample.MyShopify.com ", "7-up", "a" * 60])
def test_a_shop_is_asked_at_its_own_name(shop):
    (request,) = hold(PROVIDER, stored(shop), [GOOD]).requests
    name = shop.strip().lower().removesuffix(".myshopify.com")
    assert request.url == f"https://{name}.myshopify.com/admin/oauth/access_scopes.json"
    assert header(request, "x-shopify-access-token") == "shpat_secret"


@pytest.mark.parametrize(
    "shop",
    [
        "evil.test/.myshopify.com",
        "evil.test#.myshopify.com",
        "evil.test?x=.myshopify.com",
        "me@evil.test",
        "me:pw@evil.test/.myshopify.com",
        "127.0.0.1",
        "127.0.0.1:80",
        "localhost.",
        "[::1]",
        "2130706433.evil.test",
        "a.b.myshopify.com",
        "a.myshopify.com.evil.test",
        "a.myshopify.com.",
        "a.myshopify.com:8443",
        "a.myshopify.com/admin",
        "https://a.myshopify.com",
        "-a",
        "a b",
        "a\r\nHost: evil.test",
        "..",
        "%2e%2e",
        "\u0455hop",
        "\uff11\uff12\uff17",
        "a" * 61,
        ".myshopify.com",
    ],
)
def test_what_is_no_name_of_a_shop_is_asked_nowhere(shop):
    dialogue = hold(PROVIDER, stored(shop), [])
    assert (dialogue.verdict.reason, dialogue.requests) == (Reason.MISSING_FIELDS, ())


def test_a_line_break_at_the_end_is_no_part_of_the_name():
    (request,) = hold(PROVIDER, stored("a\n"), [GOOD]).requests
    assert request.url == "https://a.myshopify.com/admin/oauth/access_scopes.json"


def test_a_token_ends_when_its_date_or_its_refresh_token_does():
    assert ends() is None
    assert ends(expiresAt="2025-06-15T15:06:40Z") == NOW
    assert ends(saved_at=NOW, expiresAt="2025-06-15T15:06:40Z", refreshToken="r") == NOW + 90 * DAY
    assert ends(refreshToken="r") is None


def test_it_says_in_tenths_of_a_second_how_long_to_wait():
    assert retry_after({"retry-after": "2.0"}, NOW) == 2.0
