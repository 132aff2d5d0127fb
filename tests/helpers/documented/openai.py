"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "sk-openai-secret", "organization": "org-sample"}

CODES = "developers.openai.com/api/docs/guides/error-codes"
LIVE = "live answers, microsoft/PowerToys 32989 and others"
DEACTIVATED = "live answers, nat/openplayground 143 and others"
UNPAID = "live answers, lifan0127/ai-research-assistant 174 and others"
BAD = "invalid_request_error"


def _ai(message: str, kind: str, code: str | None) -> object:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


_SCOPES = "You have insufficient permissions for this operation. Missing scopes: api.model.read. Check …"
_MODELS = {"object": "list", "data": [{"id": "a-model", "object": "model"}]}
_INCORRECT = _ai("Incorrect API key provided: sk-o***", BAD, "invalid_api_key")
_MEMBER = _ai("You must be a member of an organization to use the API", BAD, None)
_COUNTRY = _ai("…", "request_forbidden", "unsupported_country_region_territory")
_QUOTA = "insufficient_quota"
_BILLING = "billing_not_active"

CASES = (
    Case("openai", "models", 200, _MODELS, Reason.OK, "OpenAI API reference, List models"),
    Case("openai", "no list", 200, {"object": "list"}, Reason.UNRECOGNISED),
    Case("openai", "incorrect", 401, _INCORRECT, Reason.INVALID_CREDENTIAL, CODES),
    Case("openai", "scopes", 403, _ai(_SCOPES, BAD, None), Reason.INSUFFICIENT_SCOPE, LIVE),
    Case("openai", "scopes", 401, _ai(_SCOPES, BAD, "missing_scope"), Reason.INSUFFICIENT_SCOPE, LIVE),
    Case("openai", "organization", 401, _MEMBER, Reason.UNRECOGNISED, CODES),
    Case("openai", "address", 401, _ai("…", BAD, "ip_not_authorized"), Reason.BLOCKED, CODES),
    Case("openai", "deactivated", 401, _ai("…", BAD, "account_deactivated"), Reason.ACCOUNT_RESTRICTED, DEACTIVATED),
    Case("openai", "another 401", 401, _ai("…", BAD, "invalid_authentication"), Reason.UNRECOGNISED, CODES),
    Case("openai", "country", 403, _COUNTRY, Reason.BLOCKED, CODES),
    Case("openai", "another 403", 403, _ai("…", "request_forbidden", "other"), Reason.UNRECOGNISED),
    Case("openai", "quota", 429, _ai("…", _QUOTA, _QUOTA), Reason.QUOTA_EXHAUSTED, CODES),
    Case("openai", "credit", 429, _ai("…", _QUOTA, "credit_balance_exhausted"), Reason.QUOTA_EXHAUSTED, CODES),
    Case("openai", "spend", 429, _ai("…", "x", "project_spend_limit_exceeded"), Reason.QUOTA_EXHAUSTED, CODES),
    Case("openai", "billing", 429, _ai("…", _BILLING, _BILLING), Reason.ACCOUNT_RESTRICTED, UNPAID),
    Case("openai", "limited", 429, _ai("…", "requests", "rate_limit_exceeded"), Reason.RATE_LIMITED, CODES),
    Case("openai", "broken", 500, _ai("…", "server_error", None), Reason.PROVIDER_ERROR, CODES),
    Case("openai", "overloaded", 503, _ai("…", "server_error", None), Reason.PROVIDER_ERROR, CODES),
)
