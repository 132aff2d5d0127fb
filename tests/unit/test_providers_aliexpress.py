import hmac
from urllib.parse import parse_qsl

import pytest

from tests.helpers.dialogue import NOW, PRODUCTION, SANDBOX, answer, hold
from tests.helpers.documented import FIELDS
from tests.helpers.documented.aliexpress_affiliate import error, flat
from workers import providers
from workers.gateway import signature
from workers.provider import Context
from workers.secret import Secret
from workers.wire import Reason

BOTH = {
    "aliexpress-affiliate": "aliexpress_affiliate_category_get",
    "aliexpress-dropshipping": "aliexpress_ds_category_get",
}
NOW_DATE = "Sun, 15 Jun 2025 15:06:40 GMT"
LATER_DATE = "Sun, 15 Jun 2025 15:16:40 GMT"


def tree(api):
    result = {"resp_code": 200, "result": {"categories": {"category": []}}}
    return answer(200, {f"{BOTH[api]}_response": {"resp_result": result}})


def ask(api, reply, *, environment=PRODUCTION, without=(), **stored):
    fields = {name: value for name, value in (FIELDS[api] | stored).items() if name not in without}
    return hold(providers.find(api), fields, [reply], environment=environment)


def test_the_signature_is_that_of_the_platforms_own_example():
    """developer.alibaba.com/docs, 120693, "HTTP request sample"."""
    parameters = {
        "app_key": "123456",
        "access_token": "test",
        "timestamp": "1517820392000",
        "sign_method": "sha256",
        "order_id": "1234",
    }
    signed = signature(Secret("helloworld"), parameters, "/order/get")
    assert signed == "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A"


@pytest.mark.parametrize("api", BOTH)
def test_a_call_is_a_form_signed_over_all_that_is_in_it(api):
    (request,) = ask(api, tree(api)).requests
    assert (request.method, request.url, dict(request.query)) == ("POST", "https://api-sg.aliexpress.com/sync", {})
    form = dict(parse_qsl(request.body.reveal()))
    sign = form.pop("sign")
    assert form == {
        "app_key": FIELDS[api]["appKey"],
        "format": "json",
        "method": BOTH[api].replace("_", "."),
        "sign_method": "sha256",
        "timestamp": "1750000000000",
        "v": "2.0",
    } | ({"session": FIELDS[api]["accessToken"]} if "accessToken" in FIELDS[api] else {})
    text = "".join(name + form[name] for name in sorted(form)).encode()
    assert sign == hmac.new(FIELDS[api]["appSecret"].encode(), text, "sha256").hexdigest().upper()


@pytest.mark.parametrize("api", BOTH)
def test_the_secret_itself_is_never_sent(api):
    (request,) = ask(api, tree(api)).requests
    assert FIELDS[api]["appSecret"] not in request.body.reveal()


@pytest.mark.parametrize("api", BOTH)
@pytest.mark.parametrize(("date", "reason"), [(NOW_DATE, Reason.INVALID_CREDENTIAL), (LATER_DATE, Reason.CLOCK_SKEW)])
def test_a_refused_signature_beside_a_clock_that_is_off_is_ours(api, date, reason):
    refused = answer(200, flat("IncompleteSignature"), {"date": date})
    assert ask(api, refused).verdict.reason is reason


@pytest.mark.parametrize("api", BOTH)
@pytest.mark.parametrize(
    ("told", "again_at"),
    [
        ({"sub_msg": "This ban will last for 31062 more seconds"}, NOW + 31_062),
        ({"sub_msg": "This ban will last for 1 more second"}, NOW + 1),
        ({"sub_msg": "This ban will last for 999999999 more seconds"}, NOW + 31 * 86_400),
        ({"sub_msg": "This ban will last for ever"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("code", [7, "7", "AppCallLimit", "ApiCallLimit"])
def test_a_ban_is_waited_out(api, told, again_at, code):
    verdict = ask(api, answer(200, error(code, **told))).verdict
    assert (verdict.reason, verdict.again_at) == (Reason.RATE_LIMITED, again_at)


@pytest.mark.parametrize("code", [True, 7.0, None, [], {}, "", "0", 200])
def test_what_is_no_known_code_is_nobodys_fault(code):
    assert ask("aliexpress-affiliate", answer(200, error(code))).verdict.reason is Reason.UNRECOGNISED


@pytest.mark.parametrize("api", BOTH)
@pytest.mark.parametrize(
    ("environment", "flag", "contradicts"),
    [(PRODUCTION, "true", True), (SANDBOX, "false", True), (PRODUCTION, "false", False), (SANDBOX, "1", False)],
)
def test_a_sandbox_flag_that_contradicts_the_row_is_said(api, environment, flag, contradicts):
    accepted = ask(api, tree(api), environment=environment, sandbox=flag).verdict
    assert accepted.reason is (Reason.INSUFFICIENT_SCOPE if contradicts else Reason.OK)
    refused = ask(api, answer(200, error("InvalidAppKey")), environment=environment, sandbox=flag).verdict
    assert refused.reason is Reason.INVALID_CREDENTIAL
    assert ("sandbox flag" in refused.message) is contradicts


def test_a_dropshipping_application_without_a_token_is_not_all_it_should_be():
    verdict = ask("aliexpress-dropshipping", tree("aliexpress-dropshipping"), without=["accessToken"]).verdict
    assert (verdict.reason, "authorize" in verdict.message) == (Reason.INSUFFICIENT_SCOPE, True)


def test_one_text_for_both_tokens_is_not_asked_with():
    fields = FIELDS["aliexpress-dropshipping"]
    dialogue = hold(providers.find("aliexpress-dropshipping"), fields | {"refreshToken": fields["accessToken"]}, [])
    assert (dialogue.verdict.reason, dialogue.requests) == (Reason.MISSING_FIELDS, ())


@pytest.mark.parametrize(
    ("stored", "days"), [({}, None), ({"accessToken": "a"}, 30), ({"accessToken": "a", "refreshToken": "r"}, 60)]
)
def test_tokens_end_as_authorize_your_app_says(stored, days):
    fields = {name: Secret(value) for name, value in stored.items()}
    expires = providers.find("aliexpress-dropshipping").expires
    assert expires(fields, Context(PRODUCTION, NOW, {}, saved_at=NOW)) == (days and NOW + days * 86_400)
    assert expires(fields, Context(PRODUCTION, NOW, {})) is None
