import pytest

from tests.helpers.dialogue import NOW, answer, header, hold
from workers.providers.zenrows import PROVIDER
from workers.wire import Reason

FIELDS = {"apiKey": "zenrows-secret-key"}


def ends_at(period_ends_at):
    body = {"plan": {}, "period_ends_at": period_ends_at}
    return hold(PROVIDER, FIELDS, [answer(200, body)]).verdict.expires_at


def test_the_key_goes_in_its_own_header():
    (request,) = hold(PROVIDER, FIELDS, [answer(200, {"plan": {}})]).requests
    assert header(request, "x-api-key") == "zenrows-secret-key"
    assert not request.query


def test_the_end_of_the_period_is_when_the_credential_ends():
    assert ends_at("2025-06-16T15:06:40Z") == NOW + 86_400


@pytest.mark.parametrize("text", ["2025-06-15T15:06:39Z", "soon", "", None, 7])
def test_an_end_that_is_past_or_unreadable_is_none(text):
    assert ends_at(text) is None


def test_a_refusal_has_no_end():
    body = {"code": "AUTH003", "period_ends_at": "2025-06-16T15:06:40Z"}
    verdict = hold(PROVIDER, FIELDS, [answer(401, body)]).verdict
    assert (verdict.reason, verdict.expires_at) == (Reason.INVALID_CREDENTIAL, None)


def test_a_plan_that_is_used_up_is_said_in_words_alone():
    verdict = hold(PROVIDER, FIELDS, [answer(200, {"plan": {}, "usage_percent": 100.0})]).verdict
    assert verdict.reason is Reason.OK
    assert "used up" in verdict.message


def test_a_refused_key_rests_for_faulty_requests_block_an_address():
    verdict = hold(PROVIDER, FIELDS, [answer(401, {"code": "AUTH003"})]).verdict
    assert verdict.again_at == NOW + 3600
    assert hold(PROVIDER, FIELDS, [answer(402, {"code": "AUTH004"})]).verdict.again_at is None
