"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "scraperapi-secret-key"}

ACCOUNT = "docs.scraperapi.com/account-information"
CODES = "docs.scraperapi.com/responses-and-formats/api-status-codes"
REFUSED = "live answers to /account in public collections of key checks"
LATE = "live answers, scholarly-python-package/scholarly 356"

_REFUSAL = b"Unauthorized request, please make sure your API key is valid."


def _account(used: int, limit: object) -> object:
    return {
        "burst": 0,
        "concurrencyLimit": 5,
        "concurrentRequests": 0,
        "failedRequestCount": 1,
        "requestCount": used,
        "requestLimit": limit,
    }


CASES = (
    Case("scraperapi", "account", 200, _account(401, 1000), Reason.OK, ACCOUNT),
    Case("scraperapi", "a limit in digits", 200, _account(330, "1000"), Reason.OK, LATE),
    Case("scraperapi", "used up", 200, _account(1050, 1000), Reason.OK, LATE),
    Case("scraperapi", "a limit of words", 200, _account(1, "many"), Reason.UNRECOGNISED),
    Case("scraperapi", "no figures", 200, {"concurrentRequests": 0}, Reason.UNRECOGNISED),
    Case("scraperapi", "invalid", 401, _REFUSAL, Reason.INVALID_CREDENTIAL, REFUSED),
    Case("scraperapi", "another 401", 401, b"Unauthorized", Reason.UNRECOGNISED),
    Case("scraperapi", "another 401 in JSON", 401, {"error": "Unauthorized"}, Reason.UNRECOGNISED),
    Case("scraperapi", "the words with another status", 403, _REFUSAL, Reason.UNRECOGNISED),
    Case("scraperapi", "no credits", 403, b"You have used up all your API credits.", Reason.UNRECOGNISED, CODES),
    Case("scraperapi", "limited", 429, b"You are sending requests too fast", Reason.RATE_LIMITED, CODES),
    Case("scraperapi", "broken", 500, b"Request failed", Reason.PROVIDER_ERROR, CODES),
    Case("scraperapi", "no JSON", 200, b"ok", Reason.PROVIDER_ERROR),
)
