"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"clientId": "paypal-client", "clientSecret": "paypal-secret", "environment": "live"}


CASES = (
    Case("paypal", "token", 200, {"access_token": "A21AA", "token_type": "Bearer", "expires_in": 31668}, Reason.OK),
    Case("paypal", "invalid_client", 401, {"error": "invalid_client"}, Reason.INVALID_CREDENTIAL),
    Case("paypal", "failure", 401, {"name": "AUTHENTICATION_FAILURE"}, Reason.INVALID_CREDENTIAL),
    Case("paypal", "invalid_token", 401, {"error": "invalid_token"}, Reason.UNRECOGNISED),
    Case("paypal", "not authorized", 403, {"name": "NOT_AUTHORIZED"}, Reason.INSUFFICIENT_SCOPE),
    Case("paypal", "limited", 429, {"name": "RATE_LIMIT_REACHED"}, Reason.RATE_LIMITED),
    Case("paypal", "broken", 500, {"name": "INTERNAL_SERVER_ERROR"}, Reason.PROVIDER_ERROR),
)
