"""Mercado Libre: the owner of a token; and the token endpoint, to show that no probe ever refreshes."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say


def _user(site_status: str) -> Response:
    # developers.mercadolibre.com, "Users": /users/me, `status.site_status` is active or deactive.
    return say(
        200,
        {
            "id": 202593498,
            "nickname": "TETE2870021",
            "country_id": "AR",
            "site_id": "MLA",
            "status": {"site_status": site_status, "mercadopago_tc_accepted": True},
        },
    )


def _error(status: int, message: str, error: str) -> Response:
    # developers.mercadolibre.com, "Errores": message, error, status, cause.
    return say(status, {"message": message, "error": error, "status": status, "cause": []})


_LIMITED: Final = _error(429, "local_rate_limited", "too_many_requests")  # message: public logs
_REFUSALS: Final = MappingProxyType(
    {
        # Public logs; the other form is older, from our own knowledge only.
        "revoked": say(401, {"code": "unauthorized", "message": "invalid access token"}),
        "expired": _error(401, "invalid access token", "not_found"),
        # developers.mercadolibre.com, "Error 403": scopes; blocked app, IP not allowed, inactive user, KYC.
        "restricted": say(403, {"status": 403, "error": "Invalid scopes", "code": "FORBIDDEN"}),
        "forbidden": say(403, {"status": 403, "error": "access_denied", "code": "FORBIDDEN"}),
        "suspended": _user("deactive"),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "broken": _error(500, "Internal Server Error", "internal_server_error"),
    }
)
_ACTIVE: Final = _user("active")
# developers.mercadolibre.com, "Autenticación y autorización", error codes: refresh tokens serve once.
_INVALID_GRANT: Final = _error(
    400,
    "Error validating grant. Your authorization code or refresh token may be expired or it was already used",
    "invalid_grant",
)


def _me(_request: Request, mark: Mark) -> Response:
    return _REFUSALS.get(mark.word, _ACTIVE)


def _token(_request: Request, _mark: Mark) -> Response:
    return _INVALID_GRANT


ROUTES: Final = MappingProxyType({("GET", "/users/me"): _me, ("POST", "/oauth/token"): _token})
