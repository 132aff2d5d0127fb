from urllib.parse import urlsplit

from tests.helpers.dialogue import NOW, PRODUCTION, answer, header, hold
from workers.budget import Budgets
from workers.providers.sendgrid import PROVIDER
from workers.secret import Secret
from workers.verdict import Failure, Trouble
from workers.wire import Reason

FIELDS = {"apiKey": "SG.secret"}
GOOD = answer(200, {"scopes": ["mail.send"]})
DEAD = answer(401, {"errors": [{"message": "The provided authorization grant is invalid, expired, or revoked"}]})


def hosts(dialogue):
    return [urlsplit(request.url).hostname for request in dialogue.requests]


def test_a_key_that_is_accepted_is_shown_to_one_host_alone():
    assert hosts(hold(PROVIDER, FIELDS, [GOOD])) == ["api.sendgrid.com"]


def test_a_key_that_one_host_refuses_is_shown_to_the_other_before_it_is_called_invalid():
    refused, european = hold(PROVIDER, FIELDS, [DEAD, DEAD]), hold(PROVIDER, FIELDS, [DEAD, GOOD])
    assert hosts(refused) == hosts(european) == ["api.sendgrid.com", "api.eu.sendgrid.com"]
    assert [header(request, "authorization") for request in european.requests] == ["Bearer SG.secret"] * 2
    assert (refused.verdict.reason, european.verdict.reason) == (Reason.INVALID_CREDENTIAL, Reason.OK)


def test_half_an_answer_condemns_nobody():
    assert hold(PROVIDER, FIELDS, [DEAD, Failure(Trouble.CONNECT)]).verdict.reason is Reason.UNREACHABLE
    assert hold(PROVIDER, FIELDS, [DEAD, Failure(Trouble.BUDGET, NOW + 9)]).verdict.waiting


def test_a_key_that_may_not_send_mails_is_told_so():
    assert "mails" in hold(PROVIDER, FIELDS, [answer(200, {"scopes": ["alerts.read"]})]).verdict.message


def test_what_is_left_is_heeded_and_the_instant_of_the_reset_is_not_taken_for_seconds():
    (endpoint, _) = PROVIDER.endpoints
    budgets = Budgets(lambda text: text)
    draw = budgets.draw(endpoint.budget, PROVIDER.name, PRODUCTION, {"apiKey": Secret("k")})
    spent = answer(200, {"scopes": []}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1392815263"})
    budgets.heed(draw, spent, NOW)
    assert NOW < budgets.take(draw, NOW) < NOW + 60
