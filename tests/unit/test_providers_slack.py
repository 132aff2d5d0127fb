from tests.helpers.dialogue import answer, header, hold
from workers.providers.slack import PROVIDER
from workers.wire import Reason

WEBHOOK = {"webhookUrl": "https://hooks.slack.com/services/T1/B1/secret"}
BOT = {"botToken": "xoxb-secret"}
GOOD = answer(200, {"ok": True, "user_id": "W1"})


def test_a_webhook_alone_is_never_asked():
    dialogue = hold(PROVIDER, WEBHOOK, [])
    assert (dialogue.verdict.reason, dialogue.requests) == (Reason.VALID_UNPROBED, ())


def test_a_bot_beside_a_webhook_is_asked_with_its_token_alone():
    dialogue = hold(PROVIDER, WEBHOOK | BOT, [GOOD])
    assert dialogue.verdict.reason is Reason.OK
    (request,) = dialogue.requests
    assert (request.method, request.url) == ("POST", "https://slack.com/api/auth.test")
    assert header(request, "authorization") == "Bearer xoxb-secret"
    assert request.body is not None
    assert request.body.reveal() == ""


def test_a_refusal_that_may_be_about_the_address_names_both_cures():
    message = hold(PROVIDER, BOT, [answer(200, {"ok": False, "error": "invalid_auth"})]).verdict.message
    assert "token" in message
    assert "addresses" in message


def test_neither_of_the_two_is_an_incomplete_row():
    assert hold(PROVIDER, {"channel": "#sales"}, []).verdict.reason is Reason.MISSING_FIELDS
