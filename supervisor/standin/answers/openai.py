"""OpenAI: the models a key may see. Its refusal echoes a part of the key: a verdict must not repeat it."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

# platform.openai.com/docs/api-reference/models/list, sample.
_MODELS: Final = say(
    200,
    {
        "object": "list",
        "data": [
            {"id": "gpt-4o-mini", "object": "model", "created": 1721172741, "owned_by": "system"},
            {"id": "text-embedding-3-small", "object": "model", "created": 1705948997, "owned_by": "system"},
        ],
    },
)


def _error(
    status: int, message: str, kind: str, code: str | None, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    # The shape is in openai/openai-openapi: message, type, param, code.
    return say(status, {"error": {"message": message, "type": kind, "param": None, "code": code}}, *headers)


_SCOPELESS: Final = (
    "You have insufficient permissions for this operation. Missing scopes: api.model.read. Check that you "
    "have the correct role in your organization, and if you're using a restricted API key, that it has the "
    "necessary scopes."
)
# Texts: platform.openai.com/docs/guides/error-codes, help.openai.com article 6891839; bodies: public logs.
_REFUSALS: Final = MappingProxyType(
    {
        "stranger": _error(
            401, "You must be a member of an organization to use the API.", "invalid_request_error", None
        ),
        "elsewhere": _error(
            401,
            "Your IP address is not authorized for this project.",
            "invalid_request_error",
            "ip_not_authorized",
        ),
        "deactivated": _error(  # public logs, as the next
            401,
            "The OpenAI account associated with this API key has been deactivated.",
            "invalid_request_error",
            "account_deactivated",
        ),
        "unpaid": _error(
            429,
            "Your account is not active, please check your billing details on our website.",
            "billing_not_active",
            "billing_not_active",
        ),
        "restricted": _error(403, _SCOPELESS, "invalid_request_error", "missing_scope"),
        "scopeless": _error(401, _SCOPELESS, "invalid_request_error", "missing_scope"),  # seen as 401 too
        "country": _error(
            403,
            "Country, region, or territory not supported",
            "request_forbidden",
            "unsupported_country_region_territory",
        ),
        "quota": _error(
            429,
            "You exceeded your current quota, please check your plan and billing details.",
            "insufficient_quota",
            "insufficient_quota",
        ),
        "credit": _error(429, "Your credit balance is exhausted.", "insufficient_quota", "credit_balance_exhausted"),
        "limited": _error(
            429,
            "Rate limit reached for requests per min (RPM): Limit 500, Used 500, Requested 1.",
            "requests",
            "rate_limit_exceeded",
            # platform.openai.com/docs/guides/rate-limits, headers
            (
                ("Retry-After", "1"),
                ("x-ratelimit-limit-requests", "500"),
                ("x-ratelimit-remaining-requests", "0"),
            ),
        ),
        "broken": _error(
            500,
            "The server had an error while processing your request. Sorry about that!",
            "server_error",
            None,
        ),
        "overloaded": _error(503, "The engine is currently overloaded, please try again later.", "server_error", None),
    }
)


def _models(request: Request, mark: Mark) -> Response:
    if mark.word in ("revoked", "expired"):
        key = request.headers.get("authorization", "").rpartition(" ")[2]
        return _error(
            401,
            f"Incorrect API key provided: {key[:8]}{'*' * 16}{key[-4:]}. "
            "You can find your API key at https://platform.openai.com/account/api-keys.",
            "invalid_request_error",
            "invalid_api_key",
        )
    return _REFUSALS.get(mark.word, _MODELS)


ROUTES: Final = MappingProxyType({("GET", "/v1/models"): _models})
