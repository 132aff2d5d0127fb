"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"shop": "sample-shop.myshopify.com", "accessToken": "shpat_shopify_secret"}

SCOPES = "shopify.dev/docs/api/admin-rest/latest/resources/accessscope"
CODES = "shopify.dev/docs/api/usage/response-codes"
REFUSED = f"{CODES}; live answers, Shopify/shopify_app 1587"
FROZEN = f"{CODES}; live answers, Shopify/shopify-cli 1770"
OFFLINE = "shopify.dev, About offline access tokens"

_LISTED = {"access_scopes": [{"handle": "read_products"}, {"handle": "write_orders"}]}
_INVALID = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
_AWAY = {"errors": "Unavailable Shop"}
_PAST = {"expiresAt": "2025-06-15T15:06:39Z"}
_RENEWABLE = _PAST | {"refreshToken": "shprt_shopify_secret"}


def _other(words: str) -> object:
    return {"errors": words}


CASES = (
    Case("shopify", "scopes", 200, _LISTED, Reason.OK, SCOPES),
    Case("shopify", "no scope at all", 200, {"access_scopes": []}, Reason.OK, SCOPES),
    Case("shopify", "no list", 200, {"access_scopes": "read_products"}, Reason.UNRECOGNISED),
    Case("shopify", "invalid", 401, _INVALID, Reason.INVALID_CREDENTIAL, REFUSED),
    Case("shopify", "expired", 401, _INVALID, Reason.EXPIRED, OFFLINE, fields=_PAST),
    Case("shopify", "expired but renewable", 401, _INVALID, Reason.VALID_UNPROBED, OFFLINE, fields=_RENEWABLE),
    Case("shopify", "another 401", 401, _other("Unauthorized"), Reason.UNRECOGNISED),
    Case("shopify", "frozen", 402, _AWAY, Reason.ACCOUNT_RESTRICTED, FROZEN),
    Case("shopify", "frozen in other words", 402, _other("Payment Required"), Reason.UNRECOGNISED, CODES),
    Case("shopify", "forbidden", 403, _other("This action requires approval"), Reason.UNRECOGNISED, CODES),
    Case("shopify", "no shop", 404, _other("Not Found"), Reason.UNRECOGNISED, CODES),
    Case("shopify", "locked", 423, _AWAY, Reason.ACCOUNT_RESTRICTED, CODES),
    Case("shopify", "locked in other words", 423, _other("Locked"), Reason.UNRECOGNISED, CODES),
    Case("shopify", "limited", 429, _other("Exceeded 2 calls per second"), Reason.RATE_LIMITED, CODES),
    Case("shopify", "rejected", 430, _other("Security Rejection"), Reason.BLOCKED, CODES),
    Case("shopify", "broken", 500, _other("Internal Server Error"), Reason.PROVIDER_ERROR, CODES),
    Case("shopify", "unavailable", 503, b"<html>unavailable</html>", Reason.PROVIDER_ERROR, CODES),
)
