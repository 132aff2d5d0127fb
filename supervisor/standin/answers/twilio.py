"""Twilio: an account resource, whose sid is in the path and, with its token, in Basic credentials."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say


def _account(request: Request, status: str) -> Response:
    # twilio.com/docs/usage/api/account, fetch.
    sid = request.path.rpartition("/")[2].removesuffix(".json")
    account = {
        "sid": sid,
        "owner_account_sid": sid,
        "friendly_name": "demo",
        "status": status,
        "type": "Full",
        "date_created": "Thu, 30 Jul 2015 20:00:00 +0000",
        "uri": f"/2010-04-01/Accounts/{sid}.json",
    }
    return say(200, account)


def _error(status: int, code: int, message: str) -> Response:
    # twilio.com/docs/usage/twilios-response, exceptions; each code has its page under twilio.com/docs/api/errors.
    info = f"https://www.twilio.com/docs/errors/{code}"
    return say(status, {"code": code, "message": message, "more_info": info, "status": status})


_REFUSED: Final = _error(401, 20003, "Authenticate")
_LIMITED: Final = _error(429, 20429, "Too Many Requests")
_REFUSALS: Final = MappingProxyType(
    {
        "revoked": _REFUSED,
        "expired": _REFUSED,
        "restricted": _error(403, 20403, "Forbidden"),
        "testing": _error(403, 20008, "Resource not accessible with Test Account Credentials"),
        "inactive": _error(403, 20005, "Account not active"),
        "unauthorised": _error(401, 70051, "Authorization Failed"),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": _error(500, 20500, "Internal Server Error"),
    }
)


def _fetch(request: Request, mark: Mark) -> Response:
    state = mark.word if mark.word in ("suspended", "closed") else "active"
    return _REFUSALS.get(mark.word) or _account(request, state)


ROUTES: Final = MappingProxyType({("GET", "/2010-04-01/Accounts/{sid}.json"): _fetch})
