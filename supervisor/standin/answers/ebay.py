"""eBay: a seller's privileges and identity, and the token endpoint that refreshes a user token."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark, of_client
from supervisor.standin.message import Request, Response, say


def _refused(status: int, error_id: int, domain: str, message: str, long_message: str) -> Response:
    error = {"errorId": error_id, "domain": domain, "category": "REQUEST"}
    return say(status, {"errors": [error | {"message": message, "longMessage": long_message}]})


# errorId 1001 (public logs) also answers an expired token and one of the other environment (kb 1881).
_DEAD: Final = _refused(
    401,
    1001,
    "OAuth",
    "Invalid access token",
    "Invalid access token. Check the value of the Authorization HTTP request header.",
)
# errorId 2001: seen in public logs only.
_LIMITED: Final = _refused(
    429, 2001, "ACCESS", "Too many requests.", "The request limit has been reached for the resource."
)
_REFUSALS: Final = MappingProxyType(
    {
        "revoked": _DEAD,
        "expired": _DEAD,
        # errorId 1100: public logs (8 sightings).
        "restricted": _refused(
            403, 1100, "ACCESS", "Access denied", "Insufficient permissions to fulfill the request."
        ),
        "limited": _LIMITED,
        "quota": _LIMITED,
        # 20500: developer.ebay.com, Account API, getPrivileges, error codes.
        "broken": _refused(500, 20500, "API_ACCOUNT", "System error.", "System error."),
    }
)

# developer.ebay.com, Account API, getPrivileges, sample response.
_PRIVILEGES: Final = say(
    200,
    {
        "sellerRegistrationCompleted": True,
        "sellingLimit": {"amount": {"currency": "USD", "value": "25000.0"}, "quantity": 1000},
    },
)
# developer.ebay.com, Identity API, getUser.
_IDENTITY: Final = say(
    200,
    {
        "userId": "sample-user-id",
        "username": "sample_seller",
        "accountType": "BUSINESS",
        "status": "CONFIRMED",
    },
)

# developer.ebay.com, kb 5218: revoked by customer service or user, username or password changed.
_INVALID_GRANT: Final = say(
    400,
    {
        "error": "invalid_grant",
        "error_description": "the provided authorization refresh token is invalid or was issued to another client",
    },
)
_TOKEN_REFUSALS: Final = MappingProxyType(
    {
        "revoked": _INVALID_GRANT,
        "expired": _INVALID_GRANT,
        # github.com/eBay/ebay-oauth-csharp-client issue 12.
        "noscope": say(
            400,
            {
                "error": "invalid_scope",
                "error_description": "The requested scope is invalid, unknown, malformed, "
                "or exceeds the scope granted to the client",
            },
        ),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": say(
            500, {"error": "server_error", "error_description": "the server encountered an unexpected error"}
        ),
    }
)
# github.com/pajaydev/ebay-node-api issue 81.
_INVALID_CLIENT: Final = say(401, {"error": "invalid_client", "error_description": "client authentication failed"})


def _privileges(_request: Request, mark: Mark) -> Response:
    return _REFUSALS.get(mark.word, _PRIVILEGES)


def _identity(_request: Request, mark: Mark) -> Response:
    return _REFUSALS.get(mark.word, _IDENTITY)


def _token(request: Request, mark: Mark) -> Response:
    """A new token carries its grant's mark, so that what it may do is decided where it is used."""
    if of_client(request).word == "revoked":
        return _INVALID_CLIENT
    refused = _TOKEN_REFUSALS.get(mark.word)
    if refused:
        return refused
    # developer.ebay.com, "Using a refresh token to update a User access token".
    return say(
        200,
        {
            "access_token": f"v^1.1#i^1#minted#{mark.text}",
            "expires_in": 7200,
            "token_type": "User Access Token",
        },
    )


ROUTES: Final = MappingProxyType(
    {
        ("GET", "/sell/account/v1/privilege"): _privileges,
        ("GET", "/commerce/identity/v1/user/"): _identity,
        ("POST", "/identity/v1/oauth2/token"): _token,
    }
)
