"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

SID = "AC" + "0123456789abcdef" * 2
FIELDS = {"accountSid": SID, "authToken": "twilio-auth-secret", "phoneNumber": "+15005550006"}

ACCOUNT = "twilio.com/docs/usage/api/account"
ERRORS = "twilio.com/docs/api/errors/"


def _account(status: str) -> object:
    return {"sid": SID, "friendly_name": "Somebody's account", "status": status, "type": "Full"}


def _error(status: int, code: int) -> object:
    info = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": "Twilio's own words", "more_info": info, "status": status}


CASES = (
    Case("twilio", "active", 200, _account("active"), Reason.OK, ACCOUNT),
    Case("twilio", "suspended", 200, _account("suspended"), Reason.ACCOUNT_RESTRICTED, ACCOUNT),
    Case("twilio", "closed", 200, _account("closed"), Reason.ACCOUNT_RESTRICTED, ACCOUNT),
    Case("twilio", "another state", 200, _account("dormant"), Reason.UNRECOGNISED),
    Case("twilio", "no state", 200, {"sid": SID}, Reason.UNRECOGNISED),
    Case("twilio", "20003", 401, _error(401, 20003), Reason.INVALID_CREDENTIAL, f"{ERRORS}20003"),
    Case("twilio", "20003 with another status", 403, _error(403, 20003), Reason.UNRECOGNISED),
    Case("twilio", "another 401", 401, _error(401, 20107), Reason.UNRECOGNISED),
    Case("twilio", "test credentials", 403, _error(403, 20008), Reason.INSUFFICIENT_SCOPE, f"{ERRORS}20008"),
    Case("twilio", "20403", 403, _error(403, 20403), Reason.ACCOUNT_RESTRICTED, f"{ERRORS}20403"),
    *(
        Case("twilio", "not active", status, _error(403, code), Reason.ACCOUNT_RESTRICTED, f"{ERRORS}{code}")
        for code in (10001, 20005, 90010)
        for status in (401, 403)
    ),
    Case("twilio", "not active with 200", 200, _error(200, 20005), Reason.UNRECOGNISED),
    Case("twilio", "70051", 401, _error(401, 70051), Reason.UNRECOGNISED, f"{ERRORS}70051"),
    Case("twilio", "70051", 403, _error(403, 70051), Reason.UNRECOGNISED, f"{ERRORS}70051"),
    Case("twilio", "not found", 404, _error(404, 20404), Reason.UNRECOGNISED, f"{ERRORS}20404"),
    Case("twilio", "limited", 429, _error(429, 20429), Reason.RATE_LIMITED, f"{ERRORS}20429"),
    Case("twilio", "broken", 500, _error(500, 20500), Reason.PROVIDER_ERROR, f"{ERRORS}20500"),
    Case("twilio", "unavailable", 503, _error(503, 20503), Reason.PROVIDER_ERROR, f"{ERRORS}20503"),
)
