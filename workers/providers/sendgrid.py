"""SendGrid: an API key, proved by the list of its scopes. The existing backend stores none; the name apiKey is ours.

Probe     GET /v3/scopes ("Retrieve a list of scopes for which this user has access", twilio.com/docs/sendgrid/
          api-reference/api-key-permissions). Read-only, free; mails alone are charged. A key of an EU subuser belongs
          to api.eu.sendgrid.com (same page), and what the other host says to it is documented nowhere: a key that the
          one refuses is shown to the other before it is called invalid.
Limits    by endpoint and period, told in x-ratelimit-remaining, which is heeded; x-ratelimit-reset is an instant
          ("Rate Limits", same site). One a second is ours.

Answers a verdict rests on (support.sendgrid.com 18322114821403, "4XX API Errors and Troubleshooting Suggestions")
  200 scopes                                 ok; where mail.send is not among them it is said in words
  401 "The provided authorization grant …"   "API Key is invalid, has been deleted or permissions have changed"
  401 "Maximum credits exceeded"             the plan's credits are used up
  401 "Authenticated user is not authorized" the key's permissions
  403 any                                    permissions, addresses that are not admitted, and "Too many bad requests":
          unrecognised, in words
  429 "too many requests"                    "Rate Limits"
Unverified, hence unrecognised: any other 401.
"""

from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Sent
from workers.secret import Secret
from workers.verdict import Body, Verdict, judge, text_at, value_at
from workers.wire import Reason

_GUIDE: Final = "twilio.com/docs/sendgrid/api-reference/api-key-permissions"
_ERRORS: Final = "support.sendgrid.com, 4XX API Errors and Troubleshooting Suggestions"

_READS: Final = f"lists the key's own scopes; mails alone are charged ({_GUIDE}; sendgrid.com/pricing)"
_BUDGET: Final = Budget(
    "scopes",
    per=1.0,
    burst=10,
    by=("apiKey",),
    source="twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits",
    remaining="x-ratelimit-remaining",
)
_SCOPES: Final = Endpoint("GET", "https://api.sendgrid.com/v3/scopes", _READS, _BUDGET)
_SCOPES_IN_THE_EU: Final = Endpoint("GET", "https://api.eu.sendgrid.com/v3/scopes", _READS, _BUDGET)

_OK: Final = Verdict(Reason.OK, "SendGrid accepts the key", rule="200 scopes", source=_GUIDE)
_OK_BUT_SENDS_NOTHING: Final = Verdict(
    Reason.OK,
    "SendGrid accepts the key, which may not send mails; give it that permission if it should",
    rule="200 scopes without mail.send",
    source=_GUIDE,
)
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "SendGrid refuses the key; create a new one in its settings",
    rule="401 authorization grant is invalid",
    source=_ERRORS,
)
_NO_CREDITS: Final = Verdict(
    Reason.QUOTA_EXHAUSTED,
    "the SendGrid plan has no credits left; upgrade it or wait for the next period",
    rule="401 Maximum credits exceeded",
    source=_ERRORS,
)
_NO_PERMISSION: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "the key is valid but its permissions are too few; widen them in SendGrid's settings",
    rule="401 not authorized",
    source=_ERRORS,
)
_FORBIDDEN: Final = Verdict(
    Reason.UNRECOGNISED,
    "SendGrid forbids it and does not say why; look at the key's permissions and at the addresses it admits",
    rule="403",
    source=_ERRORS,
)


def _converse(fields: Fields, _context: Context) -> Conversation:
    headers: dict[str, Sent] = {
        "Authorization": Secret(f"Bearer {fields['apiKey'].reveal()}"),
        "Accept": "application/json",
    }
    verdict = judge((yield _SCOPES.ask(headers)), _documented)
    return judge((yield _SCOPES_IN_THE_EU.ask(headers)), _documented) if verdict is _REFUSED else verdict


def _documented(status: int, body: Body) -> Verdict | None:
    message = text_at(body, "errors", 0, "message")
    match status, value_at(body, "scopes"):
        case 200, list() as scopes:
            return _OK if "mail.send" in scopes else _OK_BUT_SENDS_NOTHING
        case 401, _ if message.startswith("The provided authorization grant is invalid"):
            return _REFUSED
        case 401, _ if message.startswith("Maximum credits exceeded"):
            return _NO_CREDITS
        case 401, _ if message.startswith("Authenticated user is not authorized"):
            return _NO_PERMISSION
        case 403, _ if message:
            return _FORBIDDEN
        case _:
            return None


PROVIDER: Final = Provider(
    "sendgrid",
    (Field("apiKey"),),
    _converse,
    endpoints=(_SCOPES, _SCOPES_IN_THE_EU),
)
