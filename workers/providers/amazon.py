"""Amazon SP-API: a seller's grant, proved at Login with Amazon (LWA), then by the seller's marketplaces.

Probe     1. POST /auth/o2/token, grant_type=refresh_token ("Connect to the SP-API"): grant and client, at each check.
          2. GET /sellers/v1/marketplaceParticipations with the new access token ("Get the market participation of a
          seller"): role, region and state of the secret. At most hourly for a seller and app: its verdict holds.
          Both are free and change nothing: a refresh token stays as it is ("LWA Credentials FAQ").
Limits    2. has a usage plan of 0.016 requests a second, burst 15, for each seller and app (Sellers API v1); of 1. none
          is published. The stored marketplaceId decides the region, else `region`, else North America ("SP-API
          Endpoints", "Marketplace IDs"); the row's environment decides between sandbox and production.
Ends      client secrets must be rotated within 180 days, else the SP-API answers errors ("Rotate your Application's LWA
          Credentials"); public applications are re-authorized within 365 ("Renew Authorizations").

The backend asks for awsAccessKeyId and awsSecretAccessKey too, but SP-API ignores AWS signatures since 2023-10-02
(its changelog), so a credential without them is complete.

Answers a verdict rests on
  1. 400 invalid_grant          dead refresh token, or one of another client: advertising.amazon.com, Refresh tokens,
          and live answers (amzn/selling-partner-api-models 2840)
  1. 401 or 400 invalid_client  wrong client id or secret, or a secret that was rotated: "LWA Credentials FAQ", and live
          answers with 401 (amzn/selling-partner-api-models 783, jlevers/selling-partner-api 602)
  2. 200 payload                ok: Sellers API v1, getMarketplaceParticipations
  2. 403 "LWA secret token … has expired"   "LWA Credentials FAQ"
  2. 403 without details        a missing role, another region, a deactivated seller … : "Resolve Common HTTP and
          Authorization Error Codes" names them all for the same body, so nothing is concluded
  2. 429 QuotaExceeded          "Usage Plans and Rate Limits"
Unverified, hence unrecognised: unauthorized_client at LWA; an access token called dead a moment after it was minted;
"Access denied for this account (A-101)".
"""

from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider
from workers.secret import Secret
from workers.verdict import Answered, Body, Reply, Verdict, json_object, judge, switched_on, text_at, truth_at, value_at
from workers.wire import Reason

_FAQ: Final = "developer-docs.amazon.com/sp-api/docs/lwa-credentials-faq"
_PARTICIPATION_PAGE: Final = "developer-docs.amazon.com/sp-api/docs/get-seller-market-participation"

_GRANT: Final = Endpoint(
    "POST",
    "https://api.amazon.com/auth/o2/token",
    f"mints an access token for an hour, free of charge; the refresh token and other tokens stay ({_FAQ})",
)
_PLAN: Final = Budget(
    "marketplace-participations",
    per=62.5,
    burst=15,
    by=("sellerId", "clientId"),
    source="Sellers API v1, usage plan: 0.016 requests a second, burst 15",
)
_HOSTS: Final = {
    (environment, region): Endpoint(
        "GET",
        f"https://{prefix}sellingpartnerapi-{region}.amazon.com/sellers/v1/marketplaceParticipations",
        f"lists the seller's marketplaces, reads only and is free ({_PARTICIPATION_PAGE})",
        _PLAN,
    )
    for environment, prefix in (("production", ""), ("sandbox", "sandbox."))
    for region in ("na", "eu", "fe")
}
_FAR_EAST: Final = frozenset({"A1VC38T7YXB528", "A39IBJ37TRP1C6", "A19VAU5U5O7RUS"})  # JP, AU, SG
_NORTH_AMERICA: Final = frozenset({"ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8", "A2Q3Y263D00KWC"})
_EUROPE: Final = frozenset(  # with the Middle East, Africa and India
    {
        "A1F83G8C2ARO7P",
        "A1PA6795UKMFR9",
        "A13V1IB3VIYZZH",
        "APJ6JRA9NG5V4",
        "A1RKKUPIHCS9HS",
        "A1805IZSGTT6HS",
        "A1C3SOZRARQ6R3",
        "A2NODRKZP88ZB9",
        "AMEN7PMS3EDWL",
        "A28R8C7NBKEWEA",
        "A33AVAJ2PDY3EV",
        "A2VIGQ35RCS4UG",
        "A17E79C6D8DWNP",
        "ARBP9OOSHTCHU",
        "A21TJRUUN4KGV",
        "AE08WJ6YKNBMC",
    }
)
_REGIONS: Final = (
    dict.fromkeys(_NORTH_AMERICA | {"us-east-1", "na"}, "na")
    | dict.fromkeys(_EUROPE | {"eu-west-1", "eu"}, "eu")
    | dict.fromkeys(_FAR_EAST | {"us-west-2", "ap-northeast-1", "fe"}, "fe")
)

_SECRET_LASTS: Final = 180 * 86_400.0  # seconds
_HOLDS: Final = 3600.0
_PROVED: Final = ("sellerId", "clientId", "clientSecret", "refreshToken", "marketplaceId", "region", "sandbox")

_OK: Final = Verdict(Reason.OK, "Amazon accepts grant and application", rule="200 payload", source=_PARTICIPATION_PAGE)
_SUSPENDED: Final = replace(
    _OK,
    message="Amazon accepts grant and application; the seller's listings in the stored marketplace are suspended",
    rule="200 payload, hasSuspendedListings",
)
_ELSEWHERE: Final = replace(
    _OK,
    message="Amazon accepts grant and application; the stored marketplaceId is none that the seller takes part in",
    rule="200 payload without marketplaceId",
)
_NO_GRANT: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Amazon refuses the refresh token (revoked, or of another application); authorize the application again",
    rule="LWA 400 invalid_grant",
    source="advertising.amazon.com, Refresh tokens; live answers, amzn/selling-partner-api-models 2840",
)
_NO_CLIENT: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Amazon refuses clientId and clientSecret; copy the current LWA secret, or rotate it if its deadline has passed",
    rule="LWA 401 or 400 invalid_client",
    source=f"{_FAQ}; live answers, amzn/selling-partner-api-models 783",
)
_SECRET_EXPIRED: Final = Verdict(
    Reason.EXPIRED,
    "the LWA secret has passed its rotation deadline; rotate it in the Solution Provider Portal and store the new one",
    rule="403 Unauthorized, LWA secret expired",
    source=_FAQ,
)
_SILENT: Final = Verdict(
    Reason.UNRECOGNISED,
    "Amazon's log-in accepts the credential, but the marketplaces are refused without a reason; look at role, region "
    "and account",
    rule="403 Unauthorized without details",
    source="developer-docs.amazon.com/sp-api/docs/resolve-common-http-and-authorization-error-codes",
)
_FLAGGED: Final = {
    "sandbox": "; the row is for the sandbox, the stored flag for production",
    "production": "; the row is for production, the stored flag for the sandbox",
}


def _expires(_fields: Fields, context: Context) -> float | None:
    """The stored secret is no younger than its row."""
    return None if context.saved_at is None else context.saved_at + _SECRET_LASTS


def _converse(fields: Fields, context: Context) -> Conversation:
    answered = yield _GRANT.ask({"Accept": "application/json", "Content-Type": _FORM}, body=_grant(fields))
    token = _minted(answered)
    if token is None:
        return _noted(judge(answered, _of_grant), fields, context)
    held, until = context.held.get(_key(fields, context), (None, 0.0))
    if held is not None and until > context.now:
        return held
    endpoint = _HOSTS[_environment(context), _region(fields)]
    answered = yield endpoint.ask({"x-amz-access-token": token, "Accept": "application/json"})
    verdict = judge(answered, partial(_of_marketplaces, _marketplace(fields, context)))
    verdict = _noted(verdict, fields, context)
    if verdict.rule:  # Amazon's own word, not a trouble on the way
        context.held[_key(fields, context)] = (verdict, context.now + _HOLDS)
    return verdict


_FORM: Final = "application/x-www-form-urlencoded"


def _grant(fields: Fields) -> Secret:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": fields["refreshToken"].reveal(),
        "client_id": fields["clientId"].reveal(),
        "client_secret": fields["clientSecret"].reveal(),
    }
    return Secret(urlencode(form))


def _minted(answered: Answered) -> Secret | None:
    body = json_object(answered) if isinstance(answered, Reply) and answered.status == 200 else None  # noqa: PLR2004
    text = text_at(body, "access_token")
    return Secret(text) if text and text.isascii() and text.isprintable() else None


def _key(fields: Fields, context: Context) -> tuple[str, ...]:
    """Says nothing to who reads it. An access token that is stored anew each hour makes no other key."""
    stored = [f"{name}={fields[name].reveal()}" for name in _PROVED if name in fields]
    return ("amazon", sha256("\0".join([context.environment, *stored]).encode()).hexdigest())


def _environment(context: Context) -> str:
    return "sandbox" if context.environment == "sandbox" else "production"


def _region(fields: Fields) -> str:
    stored = [fields[name].reveal().strip() for name in ("marketplaceId", "region") if name in fields]
    return next((_REGIONS[word] for word in stored if word in _REGIONS), "na")


def _marketplace(fields: Fields, context: Context) -> str:
    """The stored one; none for the sandbox, which always lists the same sample."""
    return "" if context.environment == "sandbox" else fields["marketplaceId"].reveal().strip()


def _of_grant(status: int, body: Body) -> Verdict | None:
    match status, text_at(body, "error"):
        case 400, "invalid_grant":
            return _NO_GRANT
        case 400 | 401, "invalid_client":
            return _NO_CLIENT
        case _:
            return None


def _of_marketplaces(marketplace: str, status: int, body: Body) -> Verdict | None:
    match status, value_at(body, "payload"), text_at(body, "errors", 0, "code"):
        case 200, list() as taken, "":
            return _of_participations(marketplace, taken)
        case 403, _, "Unauthorized":
            details = text_at(body, "errors", 0, "details")
            if details.startswith("The LWA secret token you provided has expired"):
                return _SECRET_EXPIRED
            return None if details else _SILENT
        case _:
            return None


def _of_participations(marketplace: str, taken: list[object]) -> Verdict:
    if not marketplace:
        return _OK
    own = next((entry for entry in taken if text_at(entry, "marketplace", "id") == marketplace), None)
    if own is None:
        return _ELSEWHERE
    return _SUSPENDED if truth_at(own, "participation", "hasSuspendedListings") else _OK


def _noted(verdict: Verdict, fields: Fields, context: Context) -> Verdict:
    """A refusal of what says itself that it is of the other environment: that is said in words."""
    if verdict not in {_NO_GRANT, _SILENT} or "sandbox" not in fields:
        return verdict
    flagged = "sandbox" if switched_on(fields["sandbox"].reveal()) else "production"
    environment = _environment(context)
    return verdict if flagged == environment else replace(verdict, message=verdict.message + _FLAGGED[environment])


PROVIDER: Final = Provider(
    "amazon",
    (
        Field("sellerId"),
        Field("clientId"),
        Field("clientSecret"),
        Field("refreshToken"),
        Field("marketplaceId"),
        Field("accessToken", required=False),
        Field("awsAccessKeyId", required=False),
        Field("awsSecretAccessKey", required=False),
        Field("awsSessionToken", required=False),
        Field("region", required=False),
        Field("sandbox", required=False),
    ),
    _converse,
    expires=_expires,
    endpoints=(_GRANT, *_HOSTS.values()),
)
