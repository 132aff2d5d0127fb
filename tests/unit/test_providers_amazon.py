from urllib.parse import parse_qs

import pytest

from tests.helpers.dialogue import NOW, PRODUCTION, SANDBOX, answer, header, hold
from tests.helpers.documented.amazon import FIELDS, MINTED, denied, taking_part
from workers.provider import Context
from workers.providers.amazon import PROVIDER
from workers.secret import Secret
from workers.verdict import Failure, Trouble
from workers.wire import Reason

GOOD = answer(200, taking_part("ATVPDKIKX0DER"))
SILENT = answer(403, denied(""))
NO_GRANT = answer(400, {"error": "invalid_grant"})
BROKEN = answer(500, {})
SPENT = Failure(Trouble.BUDGET, NOW + 62.5)


def held(script, fields=FIELDS, *, at=NOW, kept=None, environment=PRODUCTION):
    """As `hold`, over several checks: `kept` is what the worker remembers between them."""
    return hold(PROVIDER, fields, script, environment=environment, now=at, held={} if kept is None else kept)


def test_the_grant_is_proved_first_and_its_token_asks_for_the_marketplaces():
    first, second = held([MINTED, GOOD]).requests
    assert (first.method, first.url) == ("POST", "https://api.amazon.com/auth/o2/token")
    assert parse_qs(first.body.reveal()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": [FIELDS["refreshToken"]],
        "client_id": [FIELDS["clientId"]],
        "client_secret": [FIELDS["clientSecret"]],
    }
    assert second.url == "https://sellingpartnerapi-na.amazon.com/sellers/v1/marketplaceParticipations"
    assert (second.method, header(second, "x-amz-access-token")) == ("GET", "Atza|minted")


def test_the_marketplaces_are_asked_for_once_an_hour_and_hold_between():
    kept = {}
    asked = [len(held([MINTED, GOOD], at=NOW, kept=kept).requests)]
    asked += [len(held([MINTED], at=NOW + passed, kept=kept).requests) for passed in (300, 3599)]
    asked += [len(held([MINTED, GOOD], at=NOW + 3600, kept=kept).requests)]
    assert asked == [2, 1, 1, 2]


@pytest.mark.parametrize("answered", [GOOD, SILENT])
def test_what_is_held_is_the_last_verdict(answered):
    kept = {}
    first = held([MINTED, answered], kept=kept).verdict
    assert held([MINTED], at=NOW + 60, kept=kept).verdict == first


def test_a_grant_that_dies_is_told_at_once_whatever_is_held():
    kept = {}
    held([MINTED, GOOD], kept=kept)
    assert held([NO_GRANT], at=NOW + 60, kept=kept).verdict.reason is Reason.INVALID_CREDENTIAL


@pytest.mark.parametrize("trouble", [BROKEN, Failure(Trouble.TIMEOUT), answer(429, denied("", "QuotaExceeded")), SPENT])
def test_a_trouble_on_the_way_is_not_held(trouble):
    kept = {}
    held([MINTED, trouble], kept=kept)
    assert kept == {}


def test_with_the_budget_spent_and_nothing_held_the_last_verdict_stands():
    verdict = held([MINTED, SPENT]).verdict
    assert (verdict.waiting, verdict.again_at) == (True, NOW + 62.5)
    assert held([NO_GRANT]).verdict.waiting is False


@pytest.mark.parametrize("name", ["sellerId", "clientId", "clientSecret", "refreshToken", "marketplaceId"])
def test_nothing_is_held_for_another_credential(name):
    kept = {}
    held([MINTED, GOOD], kept=kept)
    assert len(held([MINTED, GOOD], FIELDS | {name: "other"}, kept=kept).requests) == 2


def test_an_access_token_that_is_stored_anew_changes_nothing():
    kept = {}
    held([MINTED, GOOD], FIELDS | {"accessToken": "Atza|one"}, kept=kept)
    assert len(held([MINTED], FIELDS | {"accessToken": "Atza|two"}, kept=kept).requests) == 1


def test_what_is_held_says_nothing_in_clear():
    kept = {}
    held([MINTED, GOOD], kept=kept)
    assert not [secret for secret in (*FIELDS.values(), "Atza|minted") if secret in repr(kept)]


@pytest.mark.parametrize(
    ("stored", "environment", "host"),
    [
        ({}, PRODUCTION, "sellingpartnerapi-na.amazon.com"),
        ({"marketplaceId": "A1PA6795UKMFR9"}, PRODUCTION, "sellingpartnerapi-eu.amazon.com"),
        ({"marketplaceId": "A1VC38T7YXB528"}, PRODUCTION, "sellingpartnerapi-fe.amazon.com"),
        ({"marketplaceId": "A1PA6795UKMFR9", "region": "us-east-1"}, PRODUCTION, "sellingpartnerapi-eu.amazon.com"),
        ({"marketplaceId": "new", "region": "eu-west-1"}, PRODUCTION, "sellingpartnerapi-eu.amazon.com"),
        ({"marketplaceId": "new", "region": "us-west-2"}, PRODUCTION, "sellingpartnerapi-fe.amazon.com"),
        ({"marketplaceId": "new", "region": "mars"}, PRODUCTION, "sellingpartnerapi-na.amazon.com"),
        ({}, SANDBOX, "sandbox.sellingpartnerapi-na.amazon.com"),
    ],
)
def test_the_marketplace_decides_the_region_and_the_row_the_sandbox(stored, environment, host):
    requests = held([MINTED, GOOD], FIELDS | stored, environment=environment).requests
    assert [request.url.split("/")[2] for request in requests] == ["api.amazon.com", host]


@pytest.mark.parametrize("token", ["", "two\r\nlines", "snow \u2603", 7, None])
def test_what_no_header_could_carry_is_no_token(token):
    assert held([answer(200, {"access_token": token})]).verdict.reason is Reason.UNRECOGNISED


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ([MINTED, answer(200, taking_part("ATVPDKIKX0DER", suspended=True))], "listings"),
        ([MINTED, answer(200, taking_part("A1PA6795UKMFR9"))], "marketplaceId"),
        ([MINTED, SILENT], "role, region"),
        ([NO_GRANT], "authorize the application again"),
        ([answer(401, {"error": "invalid_client"})], "rotate"),
        ([MINTED, answer(403, denied("The LWA secret token you provided has expired."))], "rotate"),
    ],
)
def test_the_cure_is_in_words(script, said):
    assert said in held(script).verdict.message


@pytest.mark.parametrize(
    ("environment", "flag", "contradicts"),
    [(PRODUCTION, "true", True), (SANDBOX, "false", True), (PRODUCTION, "false", False), (SANDBOX, "1", False)],
)
@pytest.mark.parametrize("script", [[NO_GRANT], [MINTED, SILENT]])
def test_a_refusal_names_a_sandbox_flag_that_contradicts_the_row(environment, flag, contradicts, script):
    verdict = held(script, FIELDS | {"sandbox": flag}, environment=environment).verdict
    assert ("stored flag" in verdict.message) is contradicts


def test_the_secret_must_be_rotated_within_half_a_year():
    fields = {name: Secret(value) for name, value in FIELDS.items()}
    assert PROVIDER.expires(fields, Context(PRODUCTION, NOW, {}, saved_at=NOW)) == NOW + 180 * 86_400
    assert PROVIDER.expires(fields, Context(PRODUCTION, NOW, {})) is None
