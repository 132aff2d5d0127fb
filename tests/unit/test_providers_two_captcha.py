import json

from tests.helpers.dialogue import NOW, PRODUCTION, answer, header, hold
from workers.budget import Budgets
from workers.providers.two_captcha import PROVIDER
from workers.secret import Secret
from workers.verdict import Failure, Trouble
from workers.wire import MAX_INSTANT, Reason

FIELDS = {"apiKey": 'a "quoted" key'}
UNKNOWN = answer(200, {"errorId": 1, "errorCode": "ERROR_KEY_DOES_NOT_EXIST"})
FUNDS = answer(200, {"errorId": 0, "balance": 3})


def test_the_key_goes_in_the_body_and_nowhere_else():
    (request,) = hold(PROVIDER, FIELDS, [FUNDS]).requests
    assert (request.method, request.url) == ("POST", "https://api.2captcha.com/getBalance")
    assert json.loads(request.body.reveal()) == {"clientKey": 'a "quoted" key'}
    assert header(request, "content-type") == "application/json"
    assert not request.query


def test_a_key_that_is_unknown_is_never_asked_for_again():
    assert hold(PROVIDER, FIELDS, [UNKNOWN]).verdict.for_good
    assert not hold(PROVIDER, FIELDS, [FUNDS]).verdict.for_good


def test_a_key_that_was_unknown_is_told_so_again_whatever_the_row_held_in_between():
    verdict = hold(PROVIDER, FIELDS, [Failure(Trouble.BUDGET, MAX_INSTANT)]).verdict
    assert (verdict.reason, verdict.waiting) == (Reason.INVALID_CREDENTIAL, False)
    assert hold(PROVIDER, FIELDS, [Failure(Trouble.BUDGET, NOW + 30)]).verdict.waiting


def test_one_key_is_asked_for_once_in_thirty_seconds_and_others_do_not_wait_for_it():
    (endpoint,) = PROVIDER.endpoints
    budgets = Budgets(lambda text: text)
    one, other = (
        budgets.draw(endpoint.budget, PROVIDER.name, PRODUCTION, {"apiKey": Secret(key)}) for key in ("one", "other")
    )
    assert budgets.take(one, NOW) is None
    assert budgets.take(one, NOW + 1) == NOW + 30
    assert budgets.take(other, NOW + 1) is None
    assert budgets.take(one, NOW + 30) is None


def test_an_address_that_is_banned_is_ours_to_mend():
    verdict = hold(PROVIDER, FIELDS, [answer(200, {"errorId": 21, "errorCode": "ERROR_IP_BLOCKED"})]).verdict
    assert verdict.reason is Reason.BLOCKED
    assert not verdict.for_good
