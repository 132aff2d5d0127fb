"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "sk-openai-secret", "organization": "org-sample"}


def _ai(message: str, kind: str, code: str | None) -> object:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


_SCOPES = "You have insufficient permissions for this operation. Missing scopes: api.model.read. Check …"
_MODELS = {"object": "list", "data": [{"id": "a-model", "object": "model"}]}


CASES = (
    Case("openai", "models", 200, _MODELS, Reason.OK),
    Case(
        "openai",
        "incorrect",
        401,
        _ai("Incorrect API key provided: sk-o***", "invalid_request_error", "invalid_api_key"),
        Reason.INVALID_CREDENTIAL,
    ),
    Case("openai", "scopes", 403, _ai(_SCOPES, "invalid_request_error", None), Reason.INSUFFICIENT_SCOPE),
    Case("openai", "scopes", 401, _ai(_SCOPES, "invalid_request_error", "missing_scope"), Reason.INSUFFICIENT_SCOPE),
    Case(
        "openai",
        "organization",
        401,
        _ai("You must be a member of an organization to use the API", "x", None),
        Reason.UNRECOGNISED,
    ),
    Case("openai", "address", 401, _ai("…", "invalid_request_error", "ip_not_authorized"), Reason.BLOCKED),
    Case(
        "openai", "country", 403, _ai("…", "request_forbidden", "unsupported_country_region_territory"), Reason.BLOCKED
    ),
    Case("openai", "another 403", 403, _ai("…", "request_forbidden", "other"), Reason.UNRECOGNISED),
    Case("openai", "quota", 429, _ai("…", "insufficient_quota", "insufficient_quota"), Reason.QUOTA_EXHAUSTED),
    Case("openai", "credit", 429, _ai("…", "insufficient_quota", "credit_balance_exhausted"), Reason.QUOTA_EXHAUSTED),
    Case("openai", "spend", 429, _ai("…", "x", "project_spend_limit_exceeded"), Reason.QUOTA_EXHAUSTED),
    Case("openai", "limited", 429, _ai("Rate limit reached", "requests", "rate_limit_exceeded"), Reason.RATE_LIMITED),
    Case("openai", "overloaded", 503, _ai("…", "server_error", None), Reason.PROVIDER_ERROR),
)
