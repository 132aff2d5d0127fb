"""ZenRows: the details of a subscription. The key comes in X-API-Key."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say


def _details(percent: float) -> Response:
    # The shape that the vendor's command line reads: ZenRows/cli, src/core/usage.ts.
    details = {
        "status": "active",
        "period_starts_at": "2099-01-01T00:00:00.000000Z",
        "period_ends_at": "2099-02-01T00:00:00.000000Z",
        "usage_credits": round(2500 * percent),
        "credit_limit": 250000,
        "usage_percent": percent,
        "plan": {"name": "Developer", "price": 69.99, "recurrence": "monthly", "products": {}},
        "top_ups": [],
    }
    return say(200, details)


def _error(status: int, code: str, title: str) -> Response:
    # docs.zenrows.com/api-error-codes; the shape is in ZenRows/dify-zenrows, utils/errors.py.
    kind = f"https://docs.zenrows.com/api-error-codes#{code}"
    return say(status, {"code": code, "title": f"{title} ({code})", "detail": title, "status": status, "type": kind})


_DETAILS: Final = _details(12.5)
_REFUSED: Final = _error(401, "AUTH003", "Invalid apikey provided")
_ANSWERS: Final = MappingProxyType(
    {
        "revoked": _REFUSED,
        "expired": _REFUSED,
        "malformed": _error(401, "AUTH002", "Invalid apikey format"),
        "full": _details(100.0),
        "quota": _error(402, "AUTH004", "Subscription has no credit available"),
        "restricted": _error(402, "AUTH010", "Feature not included in plan"),
        "lapsed": _error(402, "AUTH011", "No active subscription found"),
        "blocked": _error(403, "BLK0001", "IP Address Blocked"),
        "busy": _error(429, "AUTH006", "Concurrency limit exceeded"),
        "limited": _error(429, "AUTH008", "Rate limit exceeded"),
        "broken": _error(500, "CTX0001", "Context error"),
    }
)


def _subscription(_request: Request, mark: Mark) -> Response:
    return _ANSWERS.get(mark.word, _DETAILS)


ROUTES: Final = MappingProxyType({("GET", "/v1/subscriptions/self/details"): _subscription})
