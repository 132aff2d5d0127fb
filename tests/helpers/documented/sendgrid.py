"""What the documents say that this provider answers."""

from tests.helpers.dialogue import answer
from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "SG.sendgrid-secret"}

SCOPES = "twilio.com/docs/sendgrid/api-reference/api-key-permissions"
ERRORS = "support.sendgrid.com, 4XX API Errors and Troubleshooting Suggestions"
LIMITS = "twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits"


def _error(message: str) -> object:
    return {"errors": [{"field": None, "message": message}]}


_LISTED = {"scopes": ["mail.send", "alerts.read"]}
_INVALID = _error("The provided authorization grant is invalid, expired, or revoked")
_CREDITS = _error("Maximum credits exceeded")
_UNAUTHORISED = _error("Authenticated user is not authorized to access this resource")
_ELSEWHERE = (answer(401, _INVALID),)  # what the first of the two hosts said

CASES = (
    Case("sendgrid", "scopes", 200, _LISTED, Reason.OK, SCOPES),
    Case("sendgrid", "no mails", 200, {"scopes": ["alerts.read"]}, Reason.OK, SCOPES),
    Case("sendgrid", "no list", 200, {"scopes": "mail.send"}, Reason.UNRECOGNISED),
    Case("sendgrid", "invalid", 401, _INVALID, Reason.INVALID_CREDENTIAL, ERRORS, before=_ELSEWHERE),
    Case("sendgrid", "a key of the EU", 200, _LISTED, Reason.OK, SCOPES, before=_ELSEWHERE),
    Case("sendgrid", "the EU is down", 503, _error("…"), Reason.PROVIDER_ERROR, SCOPES, before=_ELSEWHERE),
    Case("sendgrid", "credits", 401, _CREDITS, Reason.QUOTA_EXHAUSTED, ERRORS),
    Case("sendgrid", "permissions", 401, _UNAUTHORISED, Reason.INSUFFICIENT_SCOPE, ERRORS),
    Case("sendgrid", "another 401", 401, _error("authorization required"), Reason.UNRECOGNISED),
    Case("sendgrid", "forbidden", 403, _error("access forbidden"), Reason.UNRECOGNISED, ERRORS),
    Case("sendgrid", "bad requests", 403, _error("Too many bad requests"), Reason.UNRECOGNISED, ERRORS),
    Case("sendgrid", "another 403", 403, {"code": "x"}, Reason.UNRECOGNISED),
    Case("sendgrid", "not found", 404, _error("Not Found"), Reason.UNRECOGNISED, ERRORS),
    Case("sendgrid", "limited", 429, _error("too many requests"), Reason.RATE_LIMITED, LIMITS),
    Case("sendgrid", "broken", 500, _error("…"), Reason.PROVIDER_ERROR, ERRORS),
    Case("sendgrid", "unavailable", 503, b"upstream unavailable", Reason.PROVIDER_ERROR, ERRORS),
)
