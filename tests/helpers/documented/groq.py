"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "gsk_groq_secret"}

CODES = "console.groq.com/docs/errors"
LIMITS = "console.groq.com/docs/rate-limits"
SUSPENDED = "live answers, NVIDIA-NeMo/Guardrails 563 and others"
BAD = "invalid_request_error"


def _ai(message: str, kind: str, code: str | None) -> object:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


_MODELS = {"object": "list", "data": [{"id": "a-model", "object": "model"}]}
_INVALID = _ai("Invalid API Key", BAD, "invalid_api_key")

CASES = (
    Case("groq", "models", 200, _MODELS, Reason.OK, "console.groq.com/docs/api-reference, List models"),
    Case("groq", "no list", 200, {"object": "list"}, Reason.UNRECOGNISED),
    Case("groq", "bad request", 400, _ai("…", BAD, None), Reason.UNRECOGNISED, CODES),
    Case("groq", "invalid", 401, _INVALID, Reason.INVALID_CREDENTIAL, CODES),
    Case("groq", "another 401", 401, _ai("…", BAD, "expired"), Reason.UNRECOGNISED),
    Case("groq", "forbidden", 403, _ai("…", "permissions_error", None), Reason.UNRECOGNISED, CODES),
    Case("groq", "suspended", 403, _ai("…", BAD, "organization_restricted"), Reason.UNRECOGNISED),
    Case("groq", "suspended", 400, _ai("…", BAD, "organization_restricted"), Reason.ACCOUNT_RESTRICTED, SUSPENDED),
    Case("groq", "not found", 404, _ai("…", BAD, "unknown_url"), Reason.UNRECOGNISED, CODES),
    Case("groq", "limited", 429, _ai("…", "requests", "rate_limit_exceeded"), Reason.RATE_LIMITED, LIMITS),
    Case("groq", "busy", 498, _ai("…", "capacity_exceeded", "capacity_exceeded"), Reason.RATE_LIMITED, CODES),
    Case("groq", "broken", 500, _ai("…", "internal_server_error", None), Reason.PROVIDER_ERROR, CODES),
    Case("groq", "unavailable", 503, _ai("…", "service_unavailable", None), Reason.PROVIDER_ERROR, CODES),
)
