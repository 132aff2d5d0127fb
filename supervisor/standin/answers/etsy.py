"""Etsy: who a seller's token belongs to, and whether an application has access."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

# developers.etsy.com, "Rate Limits": the headers of every answer but 429.
_LEFT: Final = (
    ("x-limit-per-second", "150"),
    ("x-remaining-this-second", "149"),
    ("x-limit-per-day", "100000"),
    ("x-remaining-today", "99998"),
)
_ME: Final = say(200, {"user_id": 12345678, "shop_id": 87654321}, *_LEFT)  # Reference, getMe
_PONG: Final = say(200, {"application_id": 1}, *_LEFT)  # Reference, ping


def _error(status: int, error: str, words: str = "", *headers: tuple[str, str]) -> Response:
    # The words are in public logs; invalid_token and insufficient_scope are RFC 6750's, section 3.1.
    return say(status, {"error": error} | ({"error_description": words} if words else {}), *headers)


_LIMITED: Final = _error(429, "Exceeded per second rate limit", "", ("retry-after", "1"))
_OF_TOKENS: Final = MappingProxyType(
    {
        "revoked": _error(401, "invalid_token", "token is not valid"),
        "expired": _error(401, "invalid_token", "access token is expired"),
        "restricted": _error(403, "insufficient_scope", "the token lacks a scope"),
    }
)
_OF_KEYS: Final = MappingProxyType(
    {
        "revoked": _error(403, "Invalid API key"),
        "expired": _error(403, "Invalid API key"),
        "restricted": _error(403, "Invalid API key"),
    }
)
_OF_BOTH: Final = MappingProxyType(
    {
        "secretless": _error(403, "Shared secret is required in x-api-key header."),
        "halved": _error(403, "Invalid API key: should be in the format 'keystring:shared_secret'."),
        "pending": _error(400, "Invalid API key"),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": _error(500, "Internal Server Error"),
    }
)


def _me(_request: Request, mark: Mark) -> Response:
    return _OF_TOKENS.get(mark.word) or _OF_BOTH.get(mark.word, _ME)


def _ping(_request: Request, mark: Mark) -> Response:
    return _OF_KEYS.get(mark.word) or _OF_BOTH.get(mark.word, _PONG)


ROUTES: Final = MappingProxyType(
    {("GET", "/v3/application/users/me"): _me, ("GET", "/v3/application/openapi-ping"): _ping}
)
