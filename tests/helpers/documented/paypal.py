"""What the documents say that this provider answers."""

from tests.helpers.dialogue import SANDBOX
from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"clientId": "paypal-client", "clientSecret": "paypal-secret", "environment": "live"}

_AUTHENTICATION = "developer.paypal.com, Authentication"
_STATUS_CODES = "developer.paypal.com, HTTP status codes"
_INVALID_CLIENT = "developer.paypal.com/api/identity/v1/errors/invalid_client"
_TOKEN = {"access_token": "A21AA", "token_type": "Bearer", "expires_in": 31668}
_REFUSED = {"error": "invalid_client", "error_description": "Client Authentication failed"}
_OF_THE_SANDBOX = {"environment": "sandbox"}


def _case(says: str, status: int, body: object, reason: Reason, source: str, **more: object) -> Case:
    return Case("paypal", says, status, body, reason, source, **more)


CASES = (
    _case("token", 200, _TOKEN, Reason.OK, _AUTHENTICATION),
    _case("token of the sandbox", 200, _TOKEN, Reason.OK, _AUTHENTICATION, fields=_OF_THE_SANDBOX, environment=SANDBOX),
    _case("keys of the other", 200, _TOKEN, Reason.INSUFFICIENT_SCOPE, _AUTHENTICATION, fields=_OF_THE_SANDBOX),
    _case("no token in it", 200, {"token_type": "Bearer"}, Reason.UNRECOGNISED, _AUTHENTICATION),
    _case("invalid_client", 401, _REFUSED, Reason.INVALID_CREDENTIAL, _INVALID_CLIENT),
    _case("INVALID_CLIENT", 401, {"name": "INVALID_CLIENT"}, Reason.INVALID_CREDENTIAL, _INVALID_CLIENT),
    _case("refused elsewhere", 401, _REFUSED, Reason.INVALID_CREDENTIAL, _INVALID_CLIENT, fields=_OF_THE_SANDBOX),
    _case("failure", 401, {"name": "AUTHENTICATION_FAILURE"}, Reason.INVALID_CREDENTIAL, _STATUS_CODES),
    _case("invalid_token", 401, {"error": "invalid_token"}, Reason.UNRECOGNISED, "not an answer of this endpoint"),
    _case("another 400", 400, {"error": "unsupported_grant_type"}, Reason.UNRECOGNISED, "RFC 6749 section 5.2"),
    _case("not authorized", 403, {"name": "NOT_AUTHORIZED"}, Reason.INSUFFICIENT_SCOPE, _STATUS_CODES),
    _case("another 403", 403, {"name": "OTHER"}, Reason.UNRECOGNISED, "not documented"),
    _case("limited", 429, {"name": "RATE_LIMIT_REACHED"}, Reason.RATE_LIMITED, "Rate limiting guidelines"),
    _case("broken", 500, {"name": "INTERNAL_SERVER_ERROR"}, Reason.PROVIDER_ERROR, _STATUS_CODES),
    _case("away", 503, {"name": "SERVICE_UNAVAILABLE"}, Reason.PROVIDER_ERROR, _STATUS_CODES),
)
