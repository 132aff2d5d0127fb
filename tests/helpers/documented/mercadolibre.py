"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"clientId": "meli-client", "clientSecret": "meli-secret", "accessToken": "APP_USR-access"}

_USERS = "developers.mercadolibre.com, Consultas sobre el usuario"
_ERRORS = "developers.mercadolibre.com, Errores"
_FORBIDDEN = "developers.mercadolibre.com, Error 403"
_LIVE = "ctmil/meli_oerp 112"
_DEAD = {"code": "unauthorized", "message": "invalid access token"}
_DEAD_BEFORE = {"message": "invalid access token", "error": "not_found", "status": 401}
_INVALID_TOKEN = {"message": "invalid_token", "error": "not_found", "status": 401}
_DENIED = {"error": "access_denied", "message": "access to the requested resource is forbidden", "code": "FORBIDDEN"}
_PAST = {"expiresAt": "2025-01-01T00:00:00Z"}
_FUTURE = {"expiresAt": "2026-01-01T00:00:00Z"}


def _case(says: str, status: int, body: object, reason: Reason, source: str, **more: object) -> Case:
    return Case("mercadolibre", says, status, body, reason, source, **more)


CASES = (
    _case("active", 200, {"id": 1, "status": {"site_status": "active"}}, Reason.OK, _USERS),
    _case("no status", 200, {"id": 1}, Reason.OK, _USERS),
    _case("deactive", 200, {"id": 1, "status": {"site_status": "deactive"}}, Reason.ACCOUNT_RESTRICTED, _USERS),
    _case("nobody", 200, {"status": {"site_status": "active"}}, Reason.UNRECOGNISED, _USERS),
    _case("gateway", 401, _DEAD, Reason.INVALID_CREDENTIAL, _LIVE),
    _case("older form", 401, _DEAD_BEFORE, Reason.INVALID_CREDENTIAL, _LIVE),
    _case("its date past", 401, _DEAD, Reason.EXPIRED, f"{_LIVE}; the row's own date", fields=_PAST),
    _case("its date to come", 401, _DEAD, Reason.INVALID_CREDENTIAL, _LIVE, fields=_FUTURE),
    _case("invalid_token", 401, _INVALID_TOKEN, Reason.UNRECOGNISED, "mercadolibre/api 69"),
    _case("scopes", 403, {"error": "Invalid scopes", "code": "FORBIDDEN"}, Reason.UNRECOGNISED, _FORBIDDEN),
    _case("denied", 403, _DENIED, Reason.UNRECOGNISED, _FORBIDDEN),
    _case("another 403", 403, {"error": "other"}, Reason.UNRECOGNISED, "not documented"),
    _case("limited", 429, {"error": "too_many_requests"}, Reason.RATE_LIMITED, _ERRORS),
    _case("limited at the gateway", 429, {"message": "local_rate_limited"}, Reason.RATE_LIMITED, "live answers"),
    _case("broken", 500, {"error": "internal_server_error"}, Reason.PROVIDER_ERROR, _ERRORS),
    _case("away", 503, {"error": "service_not_available"}, Reason.PROVIDER_ERROR, _ERRORS),
)
