"""SendGrid: the scopes of a key."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

# twilio.com/docs/sendgrid/api-reference/api-key-permissions, sample.
_SCOPES: Final = say(
    200,
    {"scopes": ["mail.send", "alerts.create", "alerts.read"]},
    ("X-RateLimit-Limit", "500"),
    ("X-RateLimit-Remaining", "499"),
    ("X-RateLimit-Reset", "4102444800"),
)


def _error(status: int, message: str, *headers: tuple[str, str]) -> Response:
    # The messages: support.sendgrid.com, "4XX API Errors and Troubleshooting Suggestions".
    return say(status, {"errors": [{"field": None, "message": message}]}, *headers)


_REFUSED: Final = _error(401, "The provided authorization grant is invalid, expired, or revoked")
_ANSWERS: Final = MappingProxyType(
    {
        "revoked": _REFUSED,
        "expired": _REFUSED,
        "mailless": say(200, {"scopes": ["alerts.create", "alerts.read"]}),
        "quota": _error(401, "Maximum credits exceeded"),
        "scopeless": _error(401, "Authenticated user is not authorized to access this resource"),
        "restricted": _error(403, "access forbidden"),
        "banned": _error(403, "Too many bad requests. Temporary block."),
        # how-to-use-the-sendgrid-v3-api/rate-limits, same site.
        "limited": _error(429, "too many requests", ("X-RateLimit-Limit", "150"), ("X-RateLimit-Remaining", "0")),
        "broken": _error(500, "Internal Server Error"),
    }
)


def _scopes(_request: Request, mark: Mark) -> Response:
    return _ANSWERS.get(mark.word, _SCOPES)


ROUTES: Final = MappingProxyType({("GET", "/v3/scopes"): _scopes})
