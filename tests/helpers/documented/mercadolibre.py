"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"clientId": "meli-client", "clientSecret": "meli-secret", "accessToken": "APP_USR-access"}


CASES = (
    Case("mercadolibre", "active", 200, {"id": 1, "status": {"site_status": "active"}}, Reason.OK),
    Case("mercadolibre", "no status", 200, {"id": 1}, Reason.OK),
    Case("mercadolibre", "deactive", 200, {"id": 1, "status": {"site_status": "deactive"}}, Reason.ACCOUNT_RESTRICTED),
    Case(
        "mercadolibre",
        "gateway",
        401,
        {"code": "unauthorized", "message": "invalid access token"},
        Reason.INVALID_CREDENTIAL,
    ),
    Case(
        "mercadolibre",
        "older form",
        401,
        {"message": "invalid access token", "error": "not_found", "status": 401},
        Reason.INVALID_CREDENTIAL,
    ),
    Case(
        "mercadolibre",
        "invalid_token",
        401,
        {"message": "invalid_token", "error": "not_found", "status": 401},
        Reason.UNRECOGNISED,
    ),
    Case("mercadolibre", "scopes", 403, {"error": "Invalid scopes", "code": "FORBIDDEN"}, Reason.UNRECOGNISED),
    Case("mercadolibre", "denied", 403, {"error": "access_denied", "code": "FORBIDDEN"}, Reason.UNRECOGNISED),
    Case("mercadolibre", "limited", 429, {"error": "too_many_requests"}, Reason.RATE_LIMITED),
    Case("mercadolibre", "broken", 503, {"error": "service_not_available"}, Reason.PROVIDER_ERROR),
)
