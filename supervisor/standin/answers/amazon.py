"""Amazon: Login with Amazon mints a token, the Selling Partner API lists the seller's marketplaces."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say


def _denied(status: int, details: str, code: str = "Unauthorized", message: str = "") -> Response:
    # Sellers API v1, ErrorList: code, message, details.
    words = message or "Access to requested resource is denied."
    return say(status, {"errors": [{"code": code, "message": words, "details": details}]})


def _taking_part(marketplace: str, *, suspended: bool = False) -> Response:
    # Sellers API v1, getMarketplaceParticipations, sample response.
    return say(
        200,
        {
            "payload": [
                {
                    "marketplace": {
                        "id": marketplace,
                        "name": "Amazon.com",
                        "countryCode": "US",
                        "defaultCurrencyCode": "USD",
                        "defaultLanguageCode": "en_US",
                        "domainName": "www.amazon.com",
                    },
                    "storeName": "Sample Store",
                    "participation": {"isParticipating": True, "hasSuspendedListings": suspended},
                }
            ]
        },
    )


# advertising.amazon.com, Refresh tokens; amzn/selling-partner-api-models issue 2840.
_NO_GRANT: Final = say(
    400,
    {
        "error": "invalid_grant",
        "error_description": "The request has an invalid grant parameter : refresh_token. User may have revoked or "
        "didn't grant the permission.",
    },
)
_LOGIN_REFUSALS: Final = MappingProxyType(
    {
        "revoked": _NO_GRANT,
        # developer-docs.amazon.com, LWA Credentials FAQ; amzn/selling-partner-api-models issue 783.
        "rotated": say(401, {"error": "invalid_client", "error_description": "Client authentication failed"}),
        # developer.amazon.com, Login with Amazon, Access Token Errors.
        "unauthorised": say(
            400,
            {
                "error": "unauthorized_client",
                "error_description": "The authenticated client is not authorized to use this authorization grant type",
            },
        ),
        "broken": say(500, {"error": "server_error", "error_description": "The server encountered a runtime error"}),
    }
)
# developer-docs.amazon.com, Usage Plans and Rate Limits; the text from public logs.
_LIMITED: Final = _denied(429, "", "QuotaExceeded", "You exceeded your quota for the requested resource.")
_REFUSALS: Final = MappingProxyType(
    {
        # developer-docs.amazon.com, LWA Credentials FAQ.
        "expired": _denied(403, "The LWA secret token you provided has expired."),
        # Resolve Common HTTP and Authorization Error Codes: role, region, account; amz-tools/amazon-sp-api 10 and 32.
        "restricted": _denied(403, ""),
        "dead": _denied(403, "The access token you provided is revoked, malformed or invalid."),  # public logs
        "late": _denied(403, "The access token you provided has expired."),  # public logs
        "tokenless": _denied(403, "Access token is missing in the request header."),  # public logs
        "limited": _LIMITED,
        "quota": _LIMITED,
        "suspended": _taking_part("ATVPDKIKX0DER", suspended=True),
        "elsewhere": _taking_part("A1PA6795UKMFR9"),
    }
)
_TAKES_PART: Final = _taking_part("ATVPDKIKX0DER")


def _token(_request: Request, mark: Mark) -> Response:
    """A new token carries its grant's mark, so that what it may do is decided where it is used."""
    return _LOGIN_REFUSALS.get(mark.word) or say(
        200,
        {
            # developer-docs.amazon.com, Connect to the SP-API, sample response.
            "access_token": f"Atza|minted.{mark.text}",
            "token_type": "bearer",
            "expires_in": 3600,
            "refresh_token": "Atzr|sample",
        },
    )


def _participations(_request: Request, mark: Mark) -> Response:
    return _REFUSALS.get(mark.word, _TAKES_PART)


ROUTES: Final = MappingProxyType(
    {
        ("POST", "/auth/o2/token"): _token,
        ("GET", "/sellers/v1/marketplaceParticipations"): _participations,
    }
)
