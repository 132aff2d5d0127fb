"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"publicKey": "pk_live_public", "secretKey": "sk_live_secret"}


def _stripe(message: str, **more: str) -> object:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


CASES = (
    Case("stripe", "balance", 200, {"object": "balance", "available": []}, Reason.OK),
    Case("stripe", "invalid", 401, _stripe("Invalid API Key provided: sk_live_***cret"), Reason.INVALID_CREDENTIAL),
    Case("stripe", "expired", 401, _stripe("Expired API Key provided", code="api_key_expired"), Reason.EXPIRED),
    Case(
        "stripe",
        "restricted",
        403,
        _stripe("The provided key does not have the required permissions for this endpoint"),
        Reason.INSUFFICIENT_SCOPE,
    ),
    Case("stripe", "another 403", 403, _stripe("Other", code="account_invalid"), Reason.UNRECOGNISED),
    Case("stripe", "limited", 429, _stripe("Request rate limit exceeded."), Reason.RATE_LIMITED),
    Case("stripe", "broken", 500, {"error": {"type": "api_error"}}, Reason.PROVIDER_ERROR),
)
