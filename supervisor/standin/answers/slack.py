"""Slack: whom a token belongs to. HTTP 200 always, but for 429."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

# docs.slack.dev/reference/methods/auth.test, "Success response when using a bot user token".
_WHO: Final = say(
    200,
    {
        "ok": True,
        "url": "https://demo-shop.slack.com/",
        "team": "Demo Shop",
        "user": "bot",
        "team_id": "T0G9PQBBK",
        "user_id": "W23456789",
        "bot_id": "BZYBOTHED",
    },
)


def _error(code: str) -> Response:
    # The same page, "Errors", and Slack's common errors.
    return say(200, {"ok": False, "error": code})


# docs.slack.dev/apis/web-api/rate-limits.
_LIMITED: Final = say(429, {"ok": False, "error": "ratelimited"}, ("Retry-After", "30"))
_ANSWERS: Final = MappingProxyType(
    {
        "revoked": _error("token_revoked"),
        "expired": _error("token_expired"),
        "invalid": _error("invalid_auth"),
        "inactive": _error("account_inactive"),
        "restricted": _error("accesslimited"),
        "moving": _error("org_login_required"),
        "merging": _error("team_added_to_org"),
        "tokenless": _error("not_authed"),
        "kindless": _error("not_allowed_token_type"),
        "fatal": _error("fatal_error"),
        "internal": _error("internal_error"),
        "unavailable": _error("service_unavailable"),
        "timeout": _error("request_timeout"),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": Response(500, (("Content-Type", "text/html"),), b"<html><body>Server Error</body></html>"),
    }
)


def _test(_request: Request, mark: Mark) -> Response:
    return _ANSWERS.get(mark.word, _WHO)


ROUTES: Final = MappingProxyType({("POST", "/api/auth.test"): _test})
