"""Stripe: the balance of an account. Its errors echo the key, masked: a verdict must not repeat them."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

# docs.stripe.com/api/balance, sample object.
_BALANCE: Final = say(
    200,
    {
        "object": "balance",
        "available": [{"amount": 666670, "currency": "usd", "source_types": {"card": 666670}}],
        "livemode": False,
        "pending": [{"amount": 61414, "currency": "usd", "source_types": {"card": 61414}}],
    },
)


def _error(status: int, message: str, kind: str = "invalid_request_error", *, code: str = "") -> Response:
    # docs.stripe.com/api/errors: type, message, and code where there is one.
    error = {"message": message, "type": kind} | ({"code": code} if code else {})
    return say(status, {"error": error})


# docs.stripe.com/rate-limits; since API version 2015-09-08 a 429 carries no `rate_limit` code.
_LIMITED: Final = say(
    429,
    {
        "error": {
            "message": "Request rate limit exceeded. Learn more about rate limits here "
            "https://stripe.com/docs/rate-limits.",
            "type": "invalid_request_error",
        }
    },
    ("Stripe-Rate-Limited-Reason", "global-rate"),
    ("Retry-After", "2"),
)
_FIXED: Final = MappingProxyType(
    {
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": _error(500, "An unknown error occurred", "api_error"),  # docs.stripe.com/error-handling, API errors
    }
)


def _balance(request: Request, mark: Mark) -> Response:
    masked = _masked(request)
    match mark.word:
        case "revoked":
            return _error(401, f"Invalid API Key provided: {masked}")  # public logs
        case "expired":  # stripe/stripe-cli, its tests
            return _error(401, f"Expired API Key provided: {masked}", code="api_key_expired")
        case "restricted":  # public logs; the key is valid
            return _error(
                403,
                f"The provided key '{masked}' does not have the required permissions for this endpoint on "
                "account 'acct_1032D82eZvKYlo2C'. Having the 'rak_balance_read' permission would allow this "
                "request to continue.",
            )
        case "publishable":  # docs.stripe.com/error-codes; the status is in public logs
            return _error(
                403,
                "This API call cannot be made with a publishable API key. Please use a secret API key.",
                code="secret_key_required",
            )
        case "elsewhere":  # public programs match it
            return _error(401, "The API key provided does not allow requests from your IP address.")
        case word:
            return _FIXED.get(word, _BALANCE)


def _masked(request: Request) -> str:
    """Stripe shows the prefix and the last four characters."""
    key = request.headers.get("authorization", "").rpartition(" ")[2]
    return f"{key[:8]}{'*' * 12}{key[-4:]}"


ROUTES: Final = MappingProxyType({("GET", "/v1/balance"): _balance})
