"""What the documents say that this provider answers, at its log-in and at its marketplaces."""

from tests.helpers.dialogue import SANDBOX, answer
from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {
    "sellerId": "A-seller-id",
    "clientId": "amzn1.application-oa2-client.sample",
    "clientSecret": "amzn1.oa2-cs.v1.sample",
    "refreshToken": "Atzr|sample-refresh",
    "marketplaceId": "ATVPDKIKX0DER",
}

_FAQ = "developer-docs.amazon.com, LWA Credentials FAQ"
_ERRORS = "developer-docs.amazon.com, Resolve Common HTTP and Authorization Error Codes"
_SELLERS = "Sellers API v1, getMarketplaceParticipations"
_LWA = "developer.amazon.com, Login with Amazon, Access Token Errors"
MINTED = answer(200, {"access_token": "Atza|minted", "token_type": "bearer", "expires_in": 3600})


def taking_part(marketplace: str, *, suspended: bool = False) -> object:
    participation = {"isParticipating": True, "hasSuspendedListings": suspended}
    return {"payload": [{"marketplace": {"id": marketplace}, "participation": participation}]}


def denied(details: str, code: str = "Unauthorized") -> object:
    return {"errors": [{"code": code, "message": "Access to requested resource is denied.", "details": details}]}


def _at_login(says: str, status: int, body: object, reason: Reason, source: str) -> Case:
    return Case("amazon", says, status, body, reason, source)


def _then(says: str, status: int, body: object, reason: Reason, source: str, **more: object) -> Case:
    return Case("amazon", says, status, body, reason, source, before=(MINTED,), **more)


_US = "ATVPDKIKX0DER"
_DIED = "The access token you provided has expired."
_DEAD = "The access token you provided is revoked, malformed or invalid."

CASES = (
    _then("takes part", 200, taking_part(_US), Reason.OK, _SELLERS),
    _then("suspended listings", 200, taking_part(_US, suspended=True), Reason.OK, _SELLERS),
    _then("takes part elsewhere", 200, taking_part("A1PA6795UKMFR9"), Reason.OK, _SELLERS),
    _then("the sandbox's sample", 200, taking_part("other"), Reason.OK, _SELLERS, environment=SANDBOX),
    _then("no payload", 200, {"data": []}, Reason.UNRECOGNISED, _SELLERS),
    _then("secret expired", 403, denied("The LWA secret token you provided has expired."), Reason.EXPIRED, _FAQ),
    _then("no reason", 403, denied(""), Reason.UNRECOGNISED, f"{_ERRORS}; amz-tools/amazon-sp-api 10"),
    _then("fresh token expired", 403, denied(_DIED), Reason.UNRECOGNISED, "a constant in Airbyte's source"),
    _then("fresh token dead", 403, denied(_DEAD), Reason.UNRECOGNISED, "qiita.com/0503/questions/f4714af20a30946465b4"),
    _then("no token", 403, denied("Access token is missing in the request header."), Reason.UNRECOGNISED, _ERRORS),
    _then("account", 403, denied("", "A-101"), Reason.UNRECOGNISED, "not documented"),
    _then("quota", 429, denied("", "QuotaExceeded"), Reason.RATE_LIMITED, "Usage Plans and Rate Limits"),
    _then("broken", 500, denied("", "InternalFailure"), Reason.PROVIDER_ERROR, _ERRORS),
    _at_login("dead grant", 400, {"error": "invalid_grant"}, Reason.INVALID_CREDENTIAL, f"{_LWA}; models 2840"),
    _at_login("dead client", 401, {"error": "invalid_client"}, Reason.INVALID_CREDENTIAL, f"{_FAQ}; models 783"),
    _at_login("dead client at 400", 400, {"error": "invalid_client"}, Reason.INVALID_CREDENTIAL, _LWA),
    _at_login("not for this grant", 400, {"error": "unauthorized_client"}, Reason.UNRECOGNISED, _LWA),
    _at_login("no token in it", 200, {"token_type": "bearer"}, Reason.UNRECOGNISED, _LWA),
    _at_login("too many", 429, {"error": "slow_down"}, Reason.RATE_LIMITED, "RFC 6585 section 4"),
    _at_login("log-in broken", 500, {"error": "server_error"}, Reason.PROVIDER_ERROR, _LWA),
)
