from tests.helpers.dialogue import PRODUCTION, SANDBOX, answer, header, hold
from tests.helpers.documented.twilio import FIELDS, SID
from workers.providers.twilio import PROVIDER
from workers.wire import Reason

GOOD = answer(200, {"sid": SID, "status": "active"})
TEST_KEYS = answer(403, {"code": 20008, "status": 403})


def test_the_account_is_in_the_path_and_the_pair_in_the_header():
    (request,) = hold(PROVIDER, FIELDS, [GOOD]).requests
    assert request.url == f"https://api.twilio.com/2010-04-01/Accounts/{SID}.json"
    assert header(request, "authorization").startswith("Basic QUMw")
    assert "twilio-auth-secret" not in request.url + repr(request)


def test_a_sid_cannot_lead_to_another_resource():
    (request,) = hold(PROVIDER, FIELDS | {"accountSid": "AC/../Messages?x#y"}, [GOOD]).requests
    assert request.url == "https://api.twilio.com/2010-04-01/Accounts/AC%2F..%2FMessages%3Fx%23y.json"


def test_test_credentials_are_right_in_a_sandbox_row_and_too_little_in_production():
    sandbox = hold(PROVIDER, FIELDS, [TEST_KEYS], environment=SANDBOX).verdict
    production = hold(PROVIDER, FIELDS, [TEST_KEYS], environment=PRODUCTION).verdict
    assert (sandbox.reason, production.reason) == (Reason.OK, Reason.INSUFFICIENT_SCOPE)
    assert "test credentials" in sandbox.message
    assert "test credentials" in production.message
