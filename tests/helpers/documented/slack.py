"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"botToken": "xoxb-slack-secret", "channel": "#sales"}

METHOD = "docs.slack.dev/reference/methods/auth.test"
COMMON = "docs.slack.dev, common errors of the Web API's methods"
LIMITS = "docs.slack.dev/apis/web-api/rate-limits"

_WHO = {"ok": True, "url": "https://shop.slack.com/", "team": "Shop", "user": "bot", "team_id": "T1", "user_id": "W1"}


def _error(code: str) -> object:
    return {"ok": False, "error": code}


CASES = (
    Case("slack", "a bot", 200, _WHO, Reason.OK, METHOD),
    Case("slack", "neither yes nor no", 200, {"url": "https://shop.slack.com/"}, Reason.UNRECOGNISED),
    Case("slack", "invalid", 200, _error("invalid_auth"), Reason.INVALID_CREDENTIAL, METHOD),
    Case("slack", "revoked", 200, _error("token_revoked"), Reason.INVALID_CREDENTIAL, METHOD),
    Case("slack", "inactive", 200, _error("account_inactive"), Reason.INVALID_CREDENTIAL, METHOD),
    Case("slack", "expired", 200, _error("token_expired"), Reason.EXPIRED, METHOD),
    Case("slack", "no token came", 200, _error("not_authed"), Reason.UNRECOGNISED, METHOD),
    Case("slack", "another kind of token", 200, _error("not_allowed_token_type"), Reason.UNRECOGNISED, METHOD),
    Case("slack", "another error", 200, _error("something_new"), Reason.UNRECOGNISED),
    Case("slack", "network", 200, _error("accesslimited"), Reason.BLOCKED, METHOD),
    Case("slack", "moving", 200, _error("org_login_required"), Reason.PROVIDER_ERROR, METHOD),
    Case("slack", "moving too", 200, _error("team_added_to_org"), Reason.PROVIDER_ERROR, COMMON),
    Case("slack", "internal", 200, _error("internal_error"), Reason.PROVIDER_ERROR, METHOD),
    Case("slack", "fatal", 200, _error("fatal_error"), Reason.PROVIDER_ERROR, METHOD),
    Case("slack", "unavailable", 200, _error("service_unavailable"), Reason.PROVIDER_ERROR, METHOD),
    Case("slack", "timeout", 200, _error("request_timeout"), Reason.PROVIDER_ERROR, METHOD),
    Case("slack", "limited in words", 200, _error("ratelimited"), Reason.RATE_LIMITED, LIMITS),
    Case("slack", "limited", 429, _error("ratelimited"), Reason.RATE_LIMITED, LIMITS),
    Case("slack", "another 403", 403, _error("invalid_auth"), Reason.UNRECOGNISED),
    Case("slack", "broken", 503, b"upstream connect error", Reason.PROVIDER_ERROR),
)
