"""Shopify: the scopes of a token. The shop is in the host, which the stand-in does not look at."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

# shopify.dev/docs/api/admin-rest/latest/resources/accessscope.
_SCOPES: Final = say(200, {"access_scopes": [{"handle": "read_products"}, {"handle": "write_orders"}]})


def _error(status: int, words: str, *headers: tuple[str, str]) -> Response:
    # The statuses: shopify.dev/docs/api/usage/response-codes; the words: its samples and public logs.
    return say(status, {"errors": words}, *headers)


_REFUSED: Final = _error(401, "[API] Invalid API key or access token (unrecognized login or wrong password)")
_LIMITED: Final = _error(
    429,
    "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.",
    ("Retry-After", "2.0"),
    ("X-Shopify-Shop-Api-Call-Limit", "40/40"),
)
_REFUSALS: Final = MappingProxyType(
    {
        "revoked": _REFUSED,
        "expired": _REFUSED,
        "frozen": _error(402, "Unavailable Shop"),
        "locked": _error(423, "Unavailable Shop"),
        "restricted": _error(403, "[API] This action requires merchant approval."),
        "moved": _error(404, "Not Found"),
        "rejected": _error(430, "Security Rejection"),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": _error(500, "Internal Server Error"),
    }
)


def _scopes(_request: Request, mark: Mark) -> Response:
    return _REFUSALS.get(mark.word, _SCOPES)


ROUTES: Final = MappingProxyType({("GET", "/admin/oauth/access_scopes.json"): _scopes})
