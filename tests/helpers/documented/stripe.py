"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"publicKey": "pk_live_public", "secretKey": "sk_live_secret"}

BALANCE = "docs.stripe.com/api/balance"
ERRORS = "docs.stripe.com/api/errors, HTTP status code summary"
ADDRESS = "live answers, as public programs match them"
LIMITS = "docs.stripe.com/rate-limits"


def _stripe(message: str, **more: str) -> object:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


_IP = "The API key provided does not allow requests from your IP"
_BALANCE = {"object": "balance", "available": []}

CASES = (
    Case("stripe", "balance", 200, _BALANCE, Reason.OK, BALANCE),
    Case(
        "stripe",
        "a key of the other mode",
        200,
        _BALANCE,
        Reason.OK,
        "docs.stripe.com/keys",
        fields={"secretKey": "sk_test_other-mode"},
    ),
    Case("stripe", "another object", 200, {"object": "list", "data": []}, Reason.UNRECOGNISED),
    Case(
        "stripe",
        "invalid",
        401,
        _stripe("Invalid API Key provided: sk_live_***cret"),
        Reason.INVALID_CREDENTIAL,
        ERRORS,
    ),
    Case(
        "stripe",
        "expired",
        401,
        _stripe("Expired API Key provided", code="api_key_expired"),
        Reason.EXPIRED,
        "docs.stripe.com/error-codes, api_key_expired; stripe/stripe-cli 792",
    ),
    Case(
        "stripe",
        "no key",
        401,
        _stripe("You did not provide an API key. You need to provide your API key in the Authorization header."),
        Reason.UNRECOGNISED,
        "live answers: a header was lost on the way",
    ),
    Case(
        "stripe",
        "restricted",
        403,
        _stripe("The provided key does not have the required permissions for this endpoint"),
        Reason.INSUFFICIENT_SCOPE,
        ERRORS,
    ),
    Case(
        "stripe",
        "publishable",
        403,
        _stripe("This API call cannot be made with a publishable API key.", code="secret_key_required"),
        Reason.INVALID_CREDENTIAL,
        "docs.stripe.com/error-codes, secret_key_required; live answers, SiimKirjanen/seatreg 97",
    ),
    Case("stripe", "address", 401, _stripe(f"{_IP} address."), Reason.BLOCKED, ADDRESS),
    Case("stripe", "address with 403", 403, _stripe(f"{_IP} address (192.0.2.1)."), Reason.BLOCKED, ADDRESS),
    Case("stripe", "another 403", 403, _stripe("Other", code="account_invalid"), Reason.UNRECOGNISED, ERRORS),
    Case("stripe", "request failed", 402, _stripe("Other"), Reason.UNRECOGNISED, ERRORS),
    Case("stripe", "conflict", 409, _stripe("Other"), Reason.UNRECOGNISED, ERRORS),
    Case("stripe", "limited", 429, _stripe("Request rate limit exceeded."), Reason.RATE_LIMITED, LIMITS),
    Case("stripe", "lock", 429, _stripe("Other", code="lock_timeout"), Reason.RATE_LIMITED, LIMITS),
    Case("stripe", "broken", 500, {"error": {"type": "api_error"}}, Reason.PROVIDER_ERROR, ERRORS),
    Case("stripe", "gateway", 502, {"error": {"type": "api_error"}}, Reason.PROVIDER_ERROR, ERRORS),
)
