"""Groq: the models a key may see."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

# console.groq.com/docs/api-reference, "List models".
_MODELS: Final = say(
    200,
    {
        "object": "list",
        "data": [
            {
                "id": "llama-3.1-8b-instant",
                "object": "model",
                "created": 1693721698,
                "owned_by": "Meta",
                "active": True,
                "context_window": 131072,
            }
        ],
    },
)


def _error(
    status: int, message: str, kind: str, code: str | None = None, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    # console.groq.com/docs/errors, "Error object structure": message, type; `code` is seen in public logs.
    error = {"message": message, "type": kind} | ({"code": code} if code else {})
    return say(status, {"error": error}, *headers)


_INVALID: Final = _error(401, "Invalid API Key", "invalid_request_error", "invalid_api_key")
_LIMITED: Final = _error(
    429,
    "Rate limit reached for model in organization on RPM: Limit 30, Used 30, Requested 1.",
    "requests",
    "rate_limit_exceeded",
    # console.groq.com/docs/rate-limits, "Rate limit headers": retry-after is set only with 429.
    (("retry-after", "2"), ("x-ratelimit-limit-requests", "14400"), ("x-ratelimit-remaining-requests", "0")),
)
_REFUSALS: Final = MappingProxyType(
    {
        "revoked": _INVALID,
        "expired": _INVALID,
        # console.groq.com/docs/errors: "403 Forbidden: not allowed due to permission restrictions".
        "restricted": _error(403, "Your key is not permitted to access this resource.", "permissions_error"),
        # Public logs, all with 400.
        "suspended": _error(
            400,
            "Organization has been restricted. Please reach out to support if you believe this was in error.",
            "invalid_request_error",
            "organization_restricted",
        ),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": _error(500, "Internal Server Error", "internal_server_error"),
        # console.groq.com/docs/errors: 498 is Groq's own, "Flex Tier Capacity Exceeded".
        "busy": _error(498, "Capacity exceeded, please try again later.", "capacity_exceeded", "capacity_exceeded"),
    }
)


def _models(_request: Request, mark: Mark) -> Response:
    return _REFUSALS.get(mark.word, _MODELS)


ROUTES: Final = MappingProxyType({("GET", "/openai/v1/models"): _models})
