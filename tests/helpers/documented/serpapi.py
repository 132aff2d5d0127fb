"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "serpapi-secret-key"}

_ACCOUNT = "serpapi.com/account-api"
_ERRORS = "serpapi.com/api-status-and-error-codes"


def _account(**more: object) -> object:
    return {
        "account_id": "5ac54d6adefb2f1dba1663f5",
        "api_key": "another-key",
        "account_email": "sample@example.test",
        "account_status": "Active",
        "plan_searches_left": 5958,
        "total_searches_left": 5958,
        **more,
    }


def _case(says: str, status: int, body: object, reason: Reason, source: str) -> Case:
    return Case("serpapi", says, status, body, reason, source)


_INVALID = "Invalid API key. Your API key should be here: https://serpapi.com/manage-api-key"
_NO_PLAN = _account(plan_renewal_date=None, plan_searches_left=0)

CASES = (
    _case("active", 200, _account(), Reason.OK, _ACCOUNT),
    _case("credits without a plan", 200, _NO_PLAN, Reason.OK, _ACCOUNT),
    _case("used up", 200, _account(total_searches_left=0), Reason.QUOTA_EXHAUSTED, _ACCOUNT),
    _case("searches not told", 200, _account(total_searches_left=None), Reason.OK, _ACCOUNT),
    _case("not active", 200, _account(account_status="Other"), Reason.UNRECOGNISED, "not documented"),
    _case("no status", 200, _account(account_status=None), Reason.UNRECOGNISED, "not documented"),
    _case("not an account", 200, {"error": "other"}, Reason.UNRECOGNISED, _ERRORS),
    _case("invalid", 401, {"error": _INVALID}, Reason.INVALID_CREDENTIAL, _ERRORS),
    _case("another 401", 401, {"error": "Other"}, Reason.UNRECOGNISED, "not documented"),
    _case("missing parameter", 400, {"error": "Missing query `q` parameter."}, Reason.UNRECOGNISED, _ERRORS),
    _case("forbidden", 403, {"error": "Forbidden"}, Reason.UNRECOGNISED, _ERRORS),
    _case("limited", 429, {"error": "Your account has run out of searches."}, Reason.RATE_LIMITED, _ERRORS),
    _case("broken", 500, {"error": "Server error"}, Reason.PROVIDER_ERROR, _ERRORS),
    _case("away", 503, {"error": "Server error"}, Reason.PROVIDER_ERROR, _ERRORS),
)
