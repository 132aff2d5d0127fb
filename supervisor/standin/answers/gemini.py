"""Gemini: the models a key may see. The key comes in x-goog-api-key."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

# ai.google.dev/api/models, models.list with pageSize=1.
_MODELS: Final = say(
    200,
    {
        "models": [
            {
                "name": "models/gemini-2.5-flash",
                "version": "001",
                "displayName": "Gemini 2.5 Flash",
                "inputTokenLimit": 1048576,
                "supportedGenerationMethods": ["generateContent", "countTokens"],
            }
        ],
        "nextPageToken": "ChdtZGVtby1wYWdl",
    },
)


def _error(code: int, message: str, status: str, reason: str = "") -> Response:
    # cloud.google.com/apis/design/errors; the reasons are google.api.ErrorReason.
    error: dict[str, object] = {"code": code, "message": message, "status": status}
    if reason:
        error["details"] = [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": reason,
                "domain": "googleapis.com",
                "metadata": {"service": "generativelanguage.googleapis.com"},
            },
            {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US", "message": message},
        ]
    return say(code, {"error": error})


def _denied(reason: str, message: str = "Requests to this API are blocked.") -> Response:
    return _error(403, message, "PERMISSION_DENIED", reason)


# ai.google.dev/gemini-api/docs/troubleshooting names 429 for every limit.
_LIMITED: Final = _error(429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED")
_REFUSALS: Final = MappingProxyType(
    {
        # google/api/error_reason.proto, API_KEY_INVALID; the texts and the status are in public logs.
        "revoked": _error(
            400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT", "API_KEY_INVALID"
        ),
        "expired": _error(400, "API key expired. Please renew the API key.", "INVALID_ARGUMENT", "API_KEY_INVALID"),
        # The troubleshooting guide, blocked or leaked keys; without details in public logs.
        "leaked": _error(403, "Your API key was reported as leaked. Please use another API key.", "PERMISSION_DENIED"),
        # The rest of the reasons: google/api/error_reason.proto.
        "restricted": _denied("API_KEY_SERVICE_BLOCKED"),
        "disabled": _denied(
            "SERVICE_DISABLED",
            "Generative Language API has not been used in project 1000 before or it is disabled. Enable it then retry.",
        ),
        "suspended": _denied("CONSUMER_SUSPENDED", "Permission denied: Consumer 'api_key:...' has been suspended."),
        "unpaid": _denied("BILLING_DISABLED", "This API method requires billing to be enabled."),
        "elsewhere": _denied("API_KEY_IP_ADDRESS_BLOCKED", "The provided API key has an IP address restriction."),
        "referrer": _denied("API_KEY_HTTP_REFERRER_BLOCKED", "Requests from referer <empty> are blocked."),
        # The troubleshooting guide: the free tier is not available in every country; the text is in public logs.
        "country": _error(400, "User location is not supported for the API use.", "FAILED_PRECONDITION"),
        # ai.google.dev/gemini-api/docs/generate-content/api-errors; the text is in public logs.
        "spent": _error(
            402, "Your prepayment credits are depleted. Please go to AI Studio to manage it.", "RESOURCE_EXHAUSTED"
        ),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": _error(500, "An internal error has occurred. Please retry.", "INTERNAL"),
        "overloaded": _error(503, "The model is overloaded. Please try again later.", "UNAVAILABLE"),
    }
)


def _models(_request: Request, mark: Mark) -> Response:
    return _REFUSALS.get(mark.word, _MODELS)


ROUTES: Final = MappingProxyType({("GET", "/v1beta/models"): _models})
