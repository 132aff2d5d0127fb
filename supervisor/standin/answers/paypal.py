"""PayPal: client credentials for a token, and what a token may see."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say


def _problem(status: int, name: str, message: str) -> Response:
    # developer.paypal.com, "HTTP status codes" / "Common errors": name, message, debug_id.
    return say(status, {"name": name, "message": message, "debug_id": "90957fca61718"})


# developer.paypal.com, INVALID_CLIENT; the description's wording is from our own knowledge only.
_INVALID_CLIENT: Final = say(401, {"error": "invalid_client", "error_description": "Client Authentication failed"})
# developer.paypal.com, "Rate limiting guidelines".
_LIMITED: Final = _problem(429, "RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting.")
_COMMON: Final = MappingProxyType(
    {
        "restricted": _problem(403, "NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": _problem(500, "INTERNAL_SERVER_ERROR", "An internal server error has occurred."),
        "denied": _problem(
            401,
            "AUTHENTICATION_FAILURE",
            "Authentication failed due to invalid authentication credentials or a missing Authorization header.",
        ),
    }
)
_TOKEN_REFUSALS: Final = MappingProxyType({**_COMMON, "revoked": _INVALID_CLIENT, "expired": _INVALID_CLIENT})
# Public logs.
_UNKNOWN_TOKEN: Final = say(401, {"error": "invalid_token", "error_description": "Access Token not found in cache"})
_USERINFO_REFUSALS: Final = MappingProxyType({**_COMMON, "revoked": _UNKNOWN_TOKEN, "expired": _UNKNOWN_TOKEN})


def _token(_request: Request, mark: Mark) -> Response:
    refused = _TOKEN_REFUSALS.get(mark.word)
    if refused:
        return refused
    # developer.paypal.com, "Get an access token", sample response.
    return say(
        200,
        {
            "scope": "https://uri.paypal.com/services/invoicing https://uri.paypal.com/services/applications/webhooks",
            "access_token": f"A21AA.minted.{mark.text}",
            "token_type": "Bearer",
            "app_id": "APP-80W284485P519543T",
            "expires_in": 31668,
            "nonce": "2020-04-03T15:35:36ZaYZlGvEkV4yVSz8g6bAKFoGSEzuy3CQcz3ljhibkOHg",
        },
    )


def _userinfo(_request: Request, mark: Mark) -> Response:
    # developer.paypal.com, Identity API, "Show user profile information".
    return _USERINFO_REFUSALS.get(mark.word) or say(
        200, {"user_id": "https://www.paypal.com/webapps/auth/identity/user/sample", "name": "Sample Seller"}
    )


ROUTES: Final = MappingProxyType(
    {
        ("POST", "/v1/oauth2/token"): _token,
        ("GET", "/v1/identity/openidconnect/userinfo"): _userinfo,
    }
)
