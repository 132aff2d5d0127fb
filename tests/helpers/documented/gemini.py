"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "AIzaGeminiSecret"}

GUIDE = "ai.google.dev/gemini-api/docs/troubleshooting"
ERRORS = "ai.google.dev/gemini-api/docs/generate-content/api-errors"
DEPLETED = "live answers, dyad-sh/dyad 3626"
REASONS = "googleapis/googleapis google/api/error_reason.proto"
EXPIRED = "live answers, google-gemini/gemini-cli 4430"
LEAKED = f"{GUIDE}; live answers, continuedev/continue 11541"
PLACE = f"{GUIDE}; live answers, google-gemini/gemini-cli 1993"

_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def _google(code: int, message: str, status: str, reason: str = "", domain: str = "googleapis.com") -> object:
    details = [{"@type": _INFO, "reason": reason, "domain": domain, "metadata": {}}] if reason else []
    return {"error": {"code": code, "message": message, "status": status, "details": details}}


def _denied(reason: str) -> object:
    return _google(403, "Google's own words", "PERMISSION_DENIED", reason)


_MODELS = {"models": [{"name": "models/gemini-2.5-flash", "version": "001"}]}
_INVALID = _google(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT", "API_KEY_INVALID")
_OLD = _google(400, "API key expired. Please renew the API key.", "INVALID_ARGUMENT", "API_KEY_INVALID")
_OTHER = _google(400, "Invalid page size", "INVALID_ARGUMENT")
_FOREIGN = _google(400, "Another service's key", "INVALID_ARGUMENT", "API_KEY_INVALID", "elsewhere.test")
_AWAY = _google(400, "User location is not supported for the API use.", "FAILED_PRECONDITION")
_PUBLIC = _google(403, "Your API key was reported as leaked. Please use another API key.", "PERMISSION_DENIED")
_PLAIN = _google(403, "The caller does not have permission", "PERMISSION_DENIED")
_BROKE = _google(402, "Your prepayment credits are depleted. Please go to AI Studio …", "RESOURCE_EXHAUSTED")
_SPENT = _google(429, "Resource has been exhausted", "RESOURCE_EXHAUSTED")

CASES = (
    Case("gemini", "models", 200, _MODELS, Reason.OK, "ai.google.dev/api/models"),
    Case("gemini", "no list", 200, {"nextPageToken": "x"}, Reason.UNRECOGNISED),
    Case("gemini", "invalid", 400, _INVALID, Reason.INVALID_CREDENTIAL, REASONS),
    Case("gemini", "expired", 400, _OLD, Reason.EXPIRED, EXPIRED),
    Case("gemini", "another argument", 400, _OTHER, Reason.UNRECOGNISED, GUIDE),
    Case("gemini", "another domain", 400, _FOREIGN, Reason.UNRECOGNISED, REASONS),
    Case("gemini", "location", 400, _AWAY, Reason.BLOCKED, PLACE),
    Case("gemini", "another 401", 401, _google(401, "Words", "UNAUTHENTICATED"), Reason.UNRECOGNISED),
    Case("gemini", "no credit", 402, _BROKE, Reason.QUOTA_EXHAUSTED, ERRORS),
    Case("gemini", "no credit in words", 429, _BROKE, Reason.QUOTA_EXHAUSTED, f"{ERRORS}; {DEPLETED}"),
    Case("gemini", "another 402", 402, _google(402, "Words", "OTHER"), Reason.UNRECOGNISED),
    Case("gemini", "leaked", 403, _PUBLIC, Reason.INVALID_CREDENTIAL, LEAKED),
    Case("gemini", "disabled", 403, _denied("SERVICE_DISABLED"), Reason.INSUFFICIENT_SCOPE, REASONS),
    Case("gemini", "restricted", 403, _denied("API_KEY_SERVICE_BLOCKED"), Reason.INSUFFICIENT_SCOPE, REASONS),
    Case("gemini", "suspended", 403, _denied("CONSUMER_SUSPENDED"), Reason.ACCOUNT_RESTRICTED, REASONS),
    Case("gemini", "billing", 403, _denied("BILLING_DISABLED"), Reason.ACCOUNT_RESTRICTED, REASONS),
    Case("gemini", "address", 403, _denied("API_KEY_IP_ADDRESS_BLOCKED"), Reason.BLOCKED, REASONS),
    Case("gemini", "referrer", 403, _denied("API_KEY_HTTP_REFERRER_BLOCKED"), Reason.BLOCKED, REASONS),
    Case("gemini", "android", 403, _denied("API_KEY_ANDROID_APP_BLOCKED"), Reason.BLOCKED, REASONS),
    Case("gemini", "ios", 403, _denied("API_KEY_IOS_APP_BLOCKED"), Reason.BLOCKED, REASONS),
    Case("gemini", "another 403", 403, _PLAIN, Reason.UNRECOGNISED, GUIDE),
    Case("gemini", "limited", 429, _SPENT, Reason.RATE_LIMITED, GUIDE),
    Case("gemini", "broken", 500, _google(500, "Internal", "INTERNAL"), Reason.PROVIDER_ERROR, GUIDE),
    Case("gemini", "overloaded", 503, _google(503, "Overloaded", "UNAVAILABLE"), Reason.PROVIDER_ERROR, GUIDE),
)
