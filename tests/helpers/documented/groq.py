"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "gsk_groq_secret"}


def _ai(message: str, kind: str, code: str | None) -> object:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


_MODELS = {"object": "list", "data": [{"id": "a-model", "object": "model"}]}

CASES = (
    Case("groq", "models", 200, _MODELS, Reason.OK),
    Case(
        "groq",
        "invalid",
        401,
        _ai("Invalid API Key", "invalid_request_error", "invalid_api_key"),
        Reason.INVALID_CREDENTIAL,
    ),
    Case("groq", "forbidden", 403, _ai("…", "permissions_error", None), Reason.UNRECOGNISED),
    Case("groq", "suspended", 403, _ai("…", "invalid_request_error", "organization_restricted"), Reason.UNRECOGNISED),
    Case("groq", "limited", 429, _ai("Rate limit reached", "requests", "rate_limit_exceeded"), Reason.RATE_LIMITED),
    Case("groq", "busy", 498, _ai("…", "capacity_exceeded", "capacity_exceeded"), Reason.RATE_LIMITED),
    Case("groq", "broken", 500, _ai("…", "internal_server_error", None), Reason.PROVIDER_ERROR),
)
