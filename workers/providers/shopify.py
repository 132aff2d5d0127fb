"""Shopify: an Admin API access token of one shop, proved by the scopes it was granted.

The existing backend stores none; the names are ours: shop (name or name.myshopify.com) and accessToken, beside them
refreshToken and expiresAt for the tokens that expire.

Probe     GET https://{shop}.myshopify.com/admin/oauth/access_scopes.json ("AccessScope", shopify.dev/docs/api/
          admin-rest/latest/resources/accessscope). Read-only, free, of no version, needs no scope. The shop's name is
          the tenant's word and part of the host: nothing but a name of letters, digits and hyphens is asked for.
Limits    2 a second, 40 at once, by app and shop ("REST Admin API rate limits"); half of it is used. Retry-After.
Ends      an expiring token after 60 minutes, its refresh token after 90 days ("About offline access tokens"). A refresh
          brings a new refresh token and spends the old one, so healthsup never refreshes: it is the app's to do.

Answers a verdict rests on ("Shopify API response status and error codes", shopify.dev/docs/api/usage/response-codes)
  200 access_scopes                 ok
  401 "[API] Invalid API key or access token"   "credentials are not present in the request or are incorrect"; the text
          in the documentation's samples and live answers (Shopify/shopify_app 1587, frappe/ecommerce_integrations 380)
  402, 423 "Unavailable Shop"       "currently frozen", "currently locked"; the text live (Shopify/shopify-cli 1770)
  430                               "deemed to be malicious": this host's address
  429                               too many
Unverified, hence unrecognised: 402 and 423 in other words (423 may come of too many requests), any 404, and any 403:
scopes, or this host is not on the app's list of addresses (shopify.dev, Restrict API access with an IP allowlist).
"""

import re
from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Sent
from workers.verdict import Body, Verdict, instant, judge, text_at, value_at
from workers.wire import Reason

_CODES: Final = "shopify.dev/docs/api/usage/response-codes"

_SCOPES: Final = Endpoint(
    "GET",
    "https://{shop}.myshopify.com/admin/oauth/access_scopes.json",
    "lists the token's own scopes; the Admin API is not charged by request (shopify.dev, AccessScope)",
    Budget("requests", per=1.0, burst=20, by=("shop",), source="shopify.dev/docs/api/admin-rest/usage/rate-limits"),
)
_NAME: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,59})(?:\.myshopify\.com)?", re.ASCII)
_REFRESH_TOKEN_S: Final = 90 * 86_400.0

_OK: Final = Verdict(
    Reason.OK, "Shopify accepts the token", rule="200 access_scopes", source="shopify.dev, AccessScope"
)
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Shopify refuses the token; install the app in the shop again and store its new token",
    rule="401 Invalid API key or access token",
    source=f"{_CODES}; live answers, Shopify/shopify_app 1587 and others",
)
_EXPIRED: Final = Verdict(
    Reason.EXPIRED,
    "the token has expired and no refresh token is stored; let the app get a new one and store both",
    rule="401 Invalid API key or access token, past expiresAt",
    source=f"{_CODES}; shopify.dev, About offline access tokens",
)
_RENEWABLE: Final = Verdict(
    Reason.VALID_UNPROBED,
    "the access token has run out, as it does each hour; its refresh token is the app's alone to use",
    rule="401 Invalid API key or access token, past expiresAt, refreshToken",
    source="shopify.dev, About offline access tokens",
)
_UNAVAILABLE: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "the shop is frozen or locked; its owner must settle that in the shop's admin",
    rule="402 or 423 Unavailable Shop",
    source=f"{_CODES}; live answers, Shopify/shopify-cli 1770",
)
_FORBIDDEN: Final = Verdict(
    Reason.UNRECOGNISED,
    "Shopify forbids it and does not say why; look at the app's list of addresses and at the token's scopes",
    rule="403",
    source=f"{_CODES}; shopify.dev/docs/apps/build/dev-dashboard/ip-allowlist",
)
_REJECTED: Final = Verdict(
    Reason.BLOCKED,
    "Shopify takes requests from this host for an attack; look at its outgoing address",
    rule="430",
    source=_CODES,
)
_NO_SHOP: Final = Verdict(
    Reason.MISSING_FIELDS,
    "the field shop is not the name of a shop; save it as name or name.myshopify.com",
    rule="shop",
    source="shopify.dev, About Shopify APIs: {shop}.myshopify.com",
)


def _shop(fields: Fields) -> str | None:
    found = _NAME.fullmatch(fields["shop"].reveal().strip().lower())
    return found[1] if found else None


def _validate(fields: Fields, _context: Context) -> Verdict | None:
    return None if _shop(fields) else _NO_SHOP


def _converse(fields: Fields, context: Context) -> Conversation:
    shop = _shop(fields)
    if shop is None:
        return _NO_SHOP
    headers: dict[str, Sent] = {"X-Shopify-Access-Token": fields["accessToken"], "Accept": "application/json"}
    verdict = judge((yield _SCOPES.ask(headers, shop=shop)), _documented)
    if verdict is not _REFUSED or not _is_past(fields, context):
        return verdict
    return _RENEWABLE if "refreshToken" in fields else _EXPIRED


def _is_past(fields: Fields, context: Context) -> bool:
    ends_at = _expires_at(fields)
    return ends_at is not None and ends_at <= context.now


def _expires_at(fields: Fields) -> float | None:
    return instant(fields["expiresAt"].reveal()) if "expiresAt" in fields else None


def _expires(fields: Fields, context: Context) -> float | None:
    """A refresh token outlives its access token; each refresh brings another, which is saved with the row."""
    if "refreshToken" not in fields:
        return _expires_at(fields)
    return None if context.saved_at is None else context.saved_at + _REFRESH_TOKEN_S


def _documented(status: int, body: Body) -> Verdict | None:
    errors = text_at(body, "errors")
    match status:
        case 200 if isinstance(value_at(body, "access_scopes"), list):
            return _OK
        case 401 if errors.startswith("[API] Invalid API key or access token"):
            return _REFUSED
        case 402 | 423 if errors == "Unavailable Shop":
            return _UNAVAILABLE
        case 403 if errors:
            return _FORBIDDEN
        case 430:
            return _REJECTED
        case _:
            return None


PROVIDER: Final = Provider(
    "shopify",
    (
        Field("shop"),
        Field("accessToken"),
        Field("refreshToken", required=False),
        Field("expiresAt", required=False),
    ),
    _converse,
    _validate,
    _expires,
    endpoints=(_SCOPES,),
)
