"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "etsy-keystring", "sharedSecret": "etsy-shared-secret", "accessToken": "12345678.etsy-access"}

REFERENCE = "developers.etsy.com, Reference"
TOKENS = "RFC 6750 section 3.1; live answers, rhysnhall/etsy-php-sdk 4"
EXPIRED = "live answers, etsy/open-api 519"
SECRET = "live answers, anitabyte/etsyv3 31, HelpCode-ai/anythingmcp 634"
UNSURE = "live answers, etsy/open-api 498 and 561"
LIMITS = "developers.etsy.com/documentation/essentials/rate-limits"


def _error(error: str, words: str = "") -> object:
    return {"error": error} | ({"error_description": words} if words else {})


_ME = {"user_id": 12345678, "shop_id": 87654321}
_OLD = _error("invalid_token", "access token is expired")
_RENEWABLE = {"refreshToken": "12345678.etsy-refresh"}
_SHAPE = _error("Invalid API key: should be in the format 'keystring:shared_secret'.")

CASES = (
    Case("etsy", "me", 200, _ME, Reason.OK, f"{REFERENCE}, getMe"),
    Case("etsy", "an application", 200, {"application_id": 1}, Reason.OK, f"{REFERENCE}, ping"),
    Case("etsy", "nobody", 200, {"shop_id": 87654321}, Reason.UNRECOGNISED),
    Case("etsy", "invalid", 401, _error("invalid_token", "Token is not valid"), Reason.INVALID_CREDENTIAL, TOKENS),
    Case("etsy", "expired", 401, _OLD, Reason.EXPIRED, EXPIRED),
    Case("etsy", "expired but renewable", 401, _OLD, Reason.VALID_UNPROBED, EXPIRED, fields=_RENEWABLE),
    Case("etsy", "another 401", 401, _error("unauthorized"), Reason.UNRECOGNISED),
    Case("etsy", "scope", 403, _error("insufficient_scope"), Reason.INSUFFICIENT_SCOPE, TOKENS),
    Case(
        "etsy",
        "no secret",
        403,
        _error("Shared secret is required in x-api-key header."),
        Reason.MISSING_FIELDS,
        SECRET,
    ),
    Case("etsy", "half a key", 403, _SHAPE, Reason.MISSING_FIELDS, SECRET),
    Case("etsy", "key", 403, _error("Invalid API key"), Reason.UNRECOGNISED, UNSURE),
    Case("etsy", "key", 400, _error("Invalid API key"), Reason.UNRECOGNISED, UNSURE),
    Case("etsy", "another 403", 403, _error("Forbidden"), Reason.UNRECOGNISED),
    Case("etsy", "limited", 429, _error("Exceeded quota"), Reason.RATE_LIMITED, LIMITS),
    Case("etsy", "broken", 500, _error("Internal Server Error"), Reason.PROVIDER_ERROR),
    Case("etsy", "unavailable", 503, b"<html>Etsy is down</html>", Reason.PROVIDER_ERROR),
)
