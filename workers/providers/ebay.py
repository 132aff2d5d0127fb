"""eBay: a seller's OAuth token, proved by the seller's privileges; a dead access token is refreshed in memory.

Probe     GET /sell/account/v1/privilege with the user token. Read-only, free, works in the sandbox
          (developer.ebay.com, Account API, getPrivileges; scope sell.account or sell.account.readonly).
Refresh   POST /identity/v1/oauth2/token, grant_type=refresh_token, no scope (all consented ones). The refresh
          token stays as it is and the row is never written (same site, "Using a refresh token to update a
          User access token").
Limits    Account API 25 000 a day and application ("API Call Limits"), refresh 50 000 ("OAuth rate limits"). At most
          half of each is used: the rest is for the programs that the application was made for. One refresh lasts
          two hours. The row's environment decides the host: keysets are not interchangeable (kb 1881).
Ends      a refresh token 47 304 000 seconds (18 months) after consent ("Getting a User access token", sample response).
          An access token alone ends when the row says; that it lasts two hours is too short to be forecast.

Answers a verdict rests on
  200 sellerRegistrationCompleted         ok: getPrivileges, "Activating and checking a seller account"
  401 errorId 1001 "Invalid access token" dead token: "API Response Status Errors" describes the format and its
          neighbours 1002 and 1003; the pair itself is seen in eBay's live answers (davidtsadler/ebay-sdk-examples
          42 and 81, and others). eBay gives an expired token the same answer as a revoked one.
  403 errorId 1100 "Access denied"        scope: eBay's live answers (hendt/ebay-api 58, pajaydev/ebay-node-api 23); an
          expired token gets it too (hendt/ebay-api 148), so that a fresh token decides, or the stored date
  400 invalid_grant                       dead refresh token: kb 5218, RFC 6749 section 5.2
  401 or 400 invalid_client               wrong appId or certId: RFC 6749 section 5.2, live (pajaydev/ebay-node-api 81)
Unverified, hence unrecognised: invalid_scope and unauthorized_client at the token endpoint; any other errorId.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Request, basic
from workers.secret import Secret
from workers.verdict import (
    Answered,
    Body,
    Reply,
    Verdict,
    instant,
    json_object,
    judge,
    number_at,
    switched_on,
    text_at,
    truth_at,
    unrecognised,
)
from workers.wire import Reason

_PRIVILEGES: Final = Budget(
    "account-api", 7.2, 500, ("appId",), "half of 25 000 a day: developer.ebay.com, API Call Limits, Account API"
)
_MINTS: Final = Budget(
    "token-refresh", 3.6, 1000, ("appId",), "half of 50 000 a day: developer.ebay.com, OAuth rate limits"
)
_READS: Final = "getPrivileges only reads and is free of charge: developer.ebay.com, Account API, getPrivileges"
_MINTS_ONLY: Final = (
    "a refresh mints another access token, free of charge, and leaves the refresh token and all other tokens as they "
    "are: developer.ebay.com, Using a refresh token to update a User access token"
)
_PRIVILEGE_AT: Final = {
    "production": Endpoint("GET", "https://api.ebay.com/sell/account/v1/privilege", _READS, _PRIVILEGES),
    "sandbox": Endpoint("GET", "https://api.sandbox.ebay.com/sell/account/v1/privilege", _READS, _PRIVILEGES),
}
_MINT_AT: Final = {
    "production": Endpoint("POST", "https://api.ebay.com/identity/v1/oauth2/token", _MINTS_ONLY, _MINTS),
    "sandbox": Endpoint("POST", "https://api.sandbox.ebay.com/identity/v1/oauth2/token", _MINTS_ONLY, _MINTS),
}

_REFRESH_TOKEN_LASTS: Final = 47_304_000.0  # seconds
_ACCESS_TOKEN_LASTS: Final = 7200.0
_SPARE: Final = 60.0  # seconds before its end at which a token is no longer used

_PRIVILEGES_PAGE: Final = "developer.ebay.com, Account API, getPrivileges"
_USER_TOKENS_PAGE: Final = "developer.ebay.com, Getting a User access token"
_LIVE_1001: Final = "live answers, davidtsadler/ebay-sdk-examples 42 and 81"
_CLIENT_PAGE: Final = "RFC 6749 section 5.2; live answers, pajaydev/ebay-node-api 81"

_OK: Final = Verdict(
    Reason.OK, "eBay accepts the token", rule="200 sellerRegistrationCompleted true", source=_PRIVILEGES_PAGE
)
_REFRESHED: Final = replace(_OK, message="eBay refreshes the expired token and accepts the new one")
_UNREGISTERED: Final = Verdict(
    Reason.OK,
    "eBay accepts the token; the seller's registration is not complete",
    rule="200 sellerRegistrationCompleted false",
    source=_PRIVILEGES_PAGE,
)
_DEAD: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "eBay refuses the access token; re-consent in eBay",
    rule="401 errorId 1001",
    source=_LIVE_1001,
)
_EXPIRED: Final = Verdict(
    Reason.EXPIRED,
    "the access token has expired and no refresh token is stored; re-consent in eBay",
    rule="401 errorId 1001, stored expiresAt past",
    source=_LIVE_1001,
)
_NO_GRANT: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "eBay refuses the refresh token (revoked or expired); re-consent in eBay",
    rule="400 invalid_grant",
    source="developer.ebay.com, kb 5218; RFC 6749 section 5.2",
)
_NO_CLIENT: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "eBay does not know appId and certId together; copy the keyset again from eBay",
    rule="401 or 400 invalid_client",
    source=_CLIENT_PAGE,
)
_NO_SCOPE: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "the token lacks the scope sell.account; re-consent in eBay with that scope",
    rule="403 errorId 1100",
    source="live answers, hendt/ebay-api 58 and pajaydev/ebay-node-api 23",
)
_NO_TOKEN: Final = Verdict(
    Reason.MISSING_FIELDS,
    "neither token nor refreshToken is stored; consent in eBay to get them",
    rule="no token stored",
    source=_USER_TOKENS_PAGE,
)
_EXPIRED_IN_DISGUISE: Final = replace(
    _EXPIRED, rule="403 errorId 1100, stored expiresAt past", source="live answers, hendt/ebay-api 148"
)
_OF_A_PAST_TOKEN: Final = {_DEAD: _EXPIRED, _NO_SCOPE: _EXPIRED_IN_DISGUISE}
_REFUSALS: Final = frozenset({_DEAD, _EXPIRED, _EXPIRED_IN_DISGUISE, _NO_GRANT, _NO_CLIENT})
_WRONG_KEYSET: Final = "; what is stored is of the other environment than the row: store the keyset of this one"


def _validate(fields: Fields, _context: Context) -> Verdict | None:
    return None if "token" in fields or "refreshToken" in fields else _NO_TOKEN


def _expires(fields: Fields, context: Context) -> float | None:
    """With a refresh token when that ends, which is no younger than its row; without one when the row says."""
    if "refreshToken" not in fields:
        return _stored_end(fields)
    return None if context.saved_at is None else context.saved_at + _REFRESH_TOKEN_LASTS


def _converse(fields: Fields, context: Context) -> Conversation:
    token, minted = _token_at_hand(fields, context)
    if token is not None:
        verdict = judge((yield _privilege(token, context)), _of_privilege)
        if verdict is not _DEAD and (verdict is not _NO_SCOPE or minted):
            return _noted(verdict, fields, context)
        if "refreshToken" not in fields:
            return _noted(_OF_A_PAST_TOKEN[verdict] if _is_past(fields, context) else verdict, fields, context)
    context.memory.pop(_key(fields, context), None)
    answered = yield _refresh(fields, context)
    token = _remember_minted(answered, fields, context)
    if token is None:
        return _noted(judge(answered, _of_refresh), fields, context)
    verdict = judge((yield _privilege(token, context)), _of_privilege)
    return {_OK: _REFRESHED, _DEAD: unrecognised()}.get(verdict, verdict)  # a token minted a moment ago


def _token_at_hand(fields: Fields, context: Context) -> tuple[Secret | None, bool]:
    """A token that we minted and that still lasts, else the stored one unless its date says that it is dead."""
    if "refreshToken" not in fields:
        return fields["token"], False
    minted, ends_at = context.memory.get(_key(fields, context), (None, 0.0))
    if minted is not None and ends_at > context.now:
        return minted, True
    return None if _is_past(fields, context) else fields.get("token"), False


def _is_past(fields: Fields, context: Context) -> bool:
    ends_at = _stored_end(fields)
    return ends_at is not None and ends_at <= context.now


def _stored_end(fields: Fields) -> float | None:
    """When the stored access token ends, where the row says it."""
    return instant(fields["expiresAt"].reveal()) if "expiresAt" in fields else None


def _remember_minted(answered: Answered, fields: Fields, context: Context) -> Secret | None:
    body = json_object(answered) if isinstance(answered, Reply) and answered.status == 200 else None  # noqa: PLR2004
    text = text_at(body, "access_token")
    if not (text.isascii() and text.isprintable() and text):  # what no header could carry is no token
        return None
    token = Secret(text)
    lasts = min(number_at(body, "expires_in") or 0.0, _ACCESS_TOKEN_LASTS) - _SPARE
    context.memory[_key(fields, context)] = (token, context.now + lasts)
    return token


def _key(fields: Fields, context: Context) -> tuple[str, ...]:
    """Says nothing to who reads it; another keyset or grant has another key."""
    secrets = [fields[name].reveal() for name in ("appId", "certId", "refreshToken")]
    return ("ebay", sha256("\0".join([context.environment, *secrets]).encode()).hexdigest())


def _privilege(token: Secret, context: Context) -> Request:
    headers: dict[str, Secret | str] = {
        "Authorization": Secret(f"Bearer {token.reveal()}"),
        "Accept": "application/json",
    }
    return _PRIVILEGE_AT[_host(context)].ask(headers)


def _refresh(fields: Fields, context: Context) -> Request:
    headers: dict[str, Secret | str] = {
        "Authorization": basic(fields["appId"].reveal(), fields["certId"].reveal()),
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    form = {"grant_type": "refresh_token", "refresh_token": fields["refreshToken"].reveal()}
    return _MINT_AT[_host(context)].ask(headers, body=Secret(urlencode(form)))


def _host(context: Context) -> str:
    return "sandbox" if context.environment == "sandbox" else "production"


def _of_privilege(status: int, body: Body) -> Verdict | None:
    match status, number_at(body, "errors", 0, "errorId"):
        case 200, None if (registered := truth_at(body, "sellerRegistrationCompleted")) is not None:
            return _OK if registered else _UNREGISTERED
        case 401, 1001:
            return _DEAD
        case 403, 1100:
            return _NO_SCOPE
        case _:
            return None


def _of_refresh(status: int, body: Body) -> Verdict | None:
    match status, text_at(body, "error"):
        case 400, "invalid_grant":
            return _NO_GRANT
        case 400 | 401, "invalid_client":
            return _NO_CLIENT
        case _:
            return None


def _noted(verdict: Verdict, fields: Fields, context: Context) -> Verdict:
    """A refused credential that itself names the other environment: the likeliest cause is said in words."""
    if verdict not in _REFUSALS or _named(fields) in {None, _host(context)}:
        return verdict
    return replace(verdict, message=verdict.message + _WRONG_KEYSET)


def _named(fields: Fields) -> str | None:
    """The environment that the stored flag names, else that in the ids of the keyset ("…-SBX-…", "…-PRD-…")."""
    if "sandbox" in fields:
        return "sandbox" if switched_on(fields["sandbox"].reveal()) else "production"
    app_id = fields["appId"].reveal()
    return "sandbox" if "-SBX-" in app_id else "production" if "-PRD-" in app_id else None


PROVIDER: Final = Provider(
    "ebay",
    (
        Field("appId", ("clientId", "EBAY_APP_ID", "EBAY_CLIENT_ID")),
        Field("devId", ("EBAY_DEV_ID",)),
        Field("certId", ("clientSecret", "EBAY_CERT_ID", "EBAY_CLIENT_SECRET")),
        Field("token", ("authToken", "accessToken", "EBAY_TOKEN"), required=False),
        Field("refreshToken", ("EBAY_REFRESH_TOKEN",), required=False),
        Field("redirectUri", ("ruName", "redirect_uri", "RuName"), required=False),
        Field("sandbox", required=False),
        Field("expiresAt", required=False),
    ),
    _converse,
    _validate,
    _expires,
    (*_PRIVILEGE_AT.values(), *_MINT_AT.values()),
)
