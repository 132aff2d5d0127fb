"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "2captcha-secret-key"}

BALANCE = "2captcha.com/api-docs/get-balance"
CODES = "2captcha.com/api-docs/error-codes"


def _error(number: int, code: str) -> object:
    return {"errorId": number, "errorCode": code, "errorDescription": "2Captcha's own words"}


_UNKNOWN = _error(1, "ERROR_KEY_DOES_NOT_EXIST")

CASES = (
    Case("2captcha", "balance", 200, {"errorId": 0, "balance": 1.23456}, Reason.OK, BALANCE),
    Case("2captcha", "no funds left", 200, {"errorId": 0, "balance": 0}, Reason.QUOTA_EXHAUSTED, BALANCE),
    Case("2captcha", "a debt", 200, {"errorId": 0, "balance": -0.5}, Reason.QUOTA_EXHAUSTED, BALANCE),
    Case("2captcha", "no balance", 200, {"errorId": 0}, Reason.UNRECOGNISED),
    Case("2captcha", "a balance of words", 200, {"errorId": 0, "balance": "1.2"}, Reason.UNRECOGNISED),
    Case("2captcha", "unknown", 200, _UNKNOWN, Reason.INVALID_CREDENTIAL, CODES),
    Case("2captcha", "zero balance", 200, _error(10, "ERROR_ZERO_BALANCE"), Reason.QUOTA_EXHAUSTED, CODES),
    Case("2captcha", "address", 200, _error(11, "ERROR_IP_NOT_ALLOWED"), Reason.BLOCKED, CODES),
    Case("2captcha", "banned", 200, _error(21, "ERROR_IP_BLOCKED"), Reason.BLOCKED, CODES),
    Case("2captcha", "suspended", 200, _error(55, "ERROR_ACCOUNT_SUSPENDED"), Reason.ACCOUNT_RESTRICTED, CODES),
    Case("2captcha", "method", 200, _error(14, "ERROR_NO_SUCH_METHOD"), Reason.UNRECOGNISED, CODES),
    Case("2captcha", "another error", 200, _error(99, "ERROR_SOMETHING"), Reason.UNRECOGNISED),
    Case("2captcha", "unknown with another status", 401, _UNKNOWN, Reason.UNRECOGNISED),
    Case("2captcha", "limited", 429, {"error": "too many requests"}, Reason.RATE_LIMITED),
    Case("2captcha", "broken", 502, b"<html>bad gateway</html>", Reason.PROVIDER_ERROR, "2captcha.com/api-docs/limits"),
)
