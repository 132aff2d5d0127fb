"""What the documents say that this provider answers."""

from tests.helpers.dialogue import SANDBOX, answer
from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"appId": "ebay-app-id", "devId": "ebay-dev-id", "certId": "ebay-cert-id", "token": "v^1.1#access"}

_PRIVILEGES = "developer.ebay.com, Account API, getPrivileges"
_STATUS_ERRORS = "developer.ebay.com, API Response Status Errors"
_REFRESH = "developer.ebay.com, Using a refresh token to update a User access token"
_GRANT = {"refreshToken": "v^1.1#refresh"}


def _ebay(error_id: int, domain: str, message: str) -> object:
    return {"errors": [{"errorId": error_id, "domain": domain, "category": "REQUEST", "message": message}]}


_DEAD = _ebay(1001, "OAuth", "Invalid access token")
_SCOPELESS = _ebay(1100, "ACCESS", "Access denied")
_DIED = answer(401, _DEAD)
_MINTED = answer(200, {"access_token": "v^1.1#minted", "expires_in": 7200, "token_type": "User Access Token"})


def _case(says: str, status: int, body: object, reason: Reason, source: str, **more: object) -> Case:
    return Case("ebay", says, status, body, reason, source, **more)


CASES = (
    _case("registered", 200, {"sellerRegistrationCompleted": True}, Reason.OK, _PRIVILEGES),
    _case("not registered", 200, {"sellerRegistrationCompleted": False}, Reason.OK, _PRIVILEGES),
    _case("no privileges in it", 200, {"sellingLimit": {}}, Reason.UNRECOGNISED, _PRIVILEGES),
    _case("1001", 401, _DEAD, Reason.INVALID_CREDENTIAL, "davidtsadler/ebay-sdk-examples 42"),
    _case("1001 in the sandbox", 401, _DEAD, Reason.INVALID_CREDENTIAL, "ebay-sdk-examples 81", environment=SANDBOX),
    _case(
        "1001, its date past",
        401,
        _DEAD,
        Reason.EXPIRED,
        "davidtsadler/ebay-sdk-examples 42; the row's own date",
        fields={"expiresAt": "2025-01-01T00:00:00Z"},
    ),
    _case("1100", 403, _SCOPELESS, Reason.INSUFFICIENT_SCOPE, "hendt/ebay-api 58"),
    _case(
        "1100, its date past",
        403,
        _SCOPELESS,
        Reason.EXPIRED,
        "hendt/ebay-api 148; the row's own date",
        fields={"expiresAt": "2025-01-01T00:00:00Z"},
    ),
    _case(
        "1100 of an expired token",
        200,
        {"sellerRegistrationCompleted": True},
        Reason.OK,
        "hendt/ebay-api 148",
        before=(answer(403, _SCOPELESS), _MINTED),
        fields=_GRANT,
    ),
    _case("2001", 429, _ebay(2001, "ACCESS", "Too many requests."), Reason.RATE_LIMITED, "live answers"),
    _case("20500", 500, _ebay(20500, "API_ACCOUNT", "System error."), Reason.PROVIDER_ERROR, _PRIVILEGES),
    _case("1002", 400, _ebay(1002, "OAuth", "Missing access token"), Reason.UNRECOGNISED, _STATUS_ERRORS),
    _case("another 401", 401, _ebay(1004, "OAuth", "Other"), Reason.UNRECOGNISED, "not documented"),
    _case("another 403", 403, _ebay(1101, "ACCESS", "Other"), Reason.UNRECOGNISED, "not documented"),
    _case(
        "refreshed",
        200,
        {"sellerRegistrationCompleted": True},
        Reason.OK,
        _REFRESH,
        before=(_DIED, _MINTED),
        fields=_GRANT,
    ),
    _case("refreshed, then refused", 401, _DEAD, Reason.UNRECOGNISED, _REFRESH, before=(_DIED, _MINTED), fields=_GRANT),
    _case(
        "dead grant",
        400,
        {"error": "invalid_grant"},
        Reason.INVALID_CREDENTIAL,
        "developer.ebay.com, kb 5218",
        before=(_DIED,),
        fields=_GRANT,
    ),
    _case(
        "dead client",
        401,
        {"error": "invalid_client"},
        Reason.INVALID_CREDENTIAL,
        "pajaydev/ebay-node-api 81; RFC 6749 section 5.2",
        before=(_DIED,),
        fields=_GRANT,
    ),
    _case(
        "dead client at 400",
        400,
        {"error": "invalid_client"},
        Reason.INVALID_CREDENTIAL,
        "RFC 6749 section 5.2",
        before=(_DIED,),
        fields=_GRANT,
    ),
    _case(
        "scope refused at the refresh",
        400,
        {"error": "invalid_scope"},
        Reason.UNRECOGNISED,
        "eBay/ebay-oauth-csharp-client 12",
        before=(_DIED,),
        fields=_GRANT,
    ),
    _case(
        "no mint left today",
        429,
        {"errors": [{"errorId": 2001}]},
        Reason.RATE_LIMITED,
        "developer.ebay.com, OAuth rate limits",
        before=(_DIED,),
        fields=_GRANT,
    ),
)
