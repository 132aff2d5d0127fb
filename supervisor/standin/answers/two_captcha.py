"""2Captcha: the balance of an account. The key comes in the body; HTTP 200 always."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

# 2captcha.com/api-docs/get-balance.
_BALANCE: Final = say(200, {"errorId": 0, "balance": 12.3456})


def _error(number: int, code: str, words: str) -> Response:
    # 2captcha.com/api-docs/error-codes.
    return say(200, {"errorId": number, "errorCode": code, "errorDescription": words})


_UNKNOWN: Final = _error(1, "ERROR_KEY_DOES_NOT_EXIST", "Your API key is incorrect.")
_ANSWERS: Final = MappingProxyType(
    {
        "revoked": _UNKNOWN,
        "expired": _UNKNOWN,
        "spent": say(200, {"errorId": 0, "balance": 0}),
        "quota": _error(10, "ERROR_ZERO_BALANCE", "You don't have funds on your account."),
        "restricted": _error(11, "ERROR_IP_NOT_ALLOWED", "The request is sent from an IP that is not trusted."),
        "banned": _error(21, "ERROR_IP_BLOCKED", "Your IP address is banned due to improper use of the API."),
        "suspended": _error(55, "ERROR_ACCOUNT_SUSPENDED", "Your API access was blocked for improper use of the API."),
        # 2captcha.com/api-docs/limits: errors may come as an HTTP status, too.
        "limited": say(429, {"error": "Too many requests"}),
        "broken": Response(500, (("Content-Type", "text/html"),), b"<html><body>Internal Server Error</body></html>"),
    }
)


def _balance(_request: Request, mark: Mark) -> Response:
    return _ANSWERS.get(mark.word, _BALANCE)


ROUTES: Final = MappingProxyType({("POST", "/getBalance"): _balance})
