"""SerpApi: the figures of an account. The answer repeats the key: a verdict must not."""

from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qs

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

_INVALID: Final = say(
    401, {"error": "Invalid API key. Your API key should be here: https://serpapi.com/manage-api-key"}
)
# The rest: serpapi.com/api-status-and-error-codes; the texts of 403, 429 and 500 are samples.
_LIMITED: Final = say(429, {"error": "Your account has run out of searches."})
_REFUSALS: Final = MappingProxyType(
    {
        "revoked": _INVALID,
        "expired": _INVALID,
        "restricted": say(403, {"error": "The account associated with this API key doesn't have permission."}),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": say(500, {"error": "Something went wrong on SerpApi's end."}),
        "away": say(503, {"error": "Something went wrong on SerpApi's end."}),
    }
)


def _account(request: Request, mark: Mark) -> Response:
    refused = _REFUSALS.get(mark.word)
    if refused:
        return refused
    left = 0 if mark.word == "spent" else 5958
    # serpapi.com/account-api, sample object.
    return say(
        200,
        {
            "account_id": "5ac54d6adefb2f1dba1663f5",
            "api_key": parse_qs(request.query).get("api_key", [""])[0],
            "account_email": "demo@serpapi.com",
            "account_status": "Suspended" if mark.word == "suspended" else "Active",
            "plan_id": "bigdata",
            "plan_name": "Big Data Plan",
            "plan_monthly_price": 250.0,
            "plan_renewal_date": "2026-12-17",
            "searches_per_month": 30000,
            "plan_searches_left": left,
            "extra_credits": 0,
            "total_searches_left": left,
            "this_month_usage": 24042,
            "this_hour_searches": 87,
            "last_hour_searches": 42,
            "account_rate_limit_per_hour": 6000,
        },
    )


ROUTES: Final = MappingProxyType({("GET", "/account.json"): _account})
