"""PayPal: a REST application, proved by the token it is given.

Probe     POST /v1/oauth2/token, grant_type=client_credentials ("Authentication", developer.paypal.com). Free; it
          changes nothing. The token is thrown away: one that was kept would outlive a rotated secret, and so
          prove nothing about what the row stores.
Limits    not published; "Rate limiting guidelines" asks for few token requests (429 RATE_LIMIT_REACHED): one per
          check is 96 a day and row. The row's environment decides the host.

Answers a verdict rests on
  200 access_token            ok: "Authentication"
  401 invalid_client          wrong id or secret: INVALID_CLIENT (/api/identity/v1/errors/invalid_client), and
          live answers with the text "Client Authentication failed"
  401 AUTHENTICATION_FAILURE  the same: "HTTP status codes" (our header holds nothing but the client)
  403 NOT_AUTHORIZED          "Authorization failed due to insufficient permissions": "HTTP status codes"
  429                         "Rate limiting guidelines"

A stored `environment` that is not the row's: the backend calls that degraded, as it sends these keys elsewhere.
There is no reason of that name; `insufficient_scope` comes nearest (valid, yet not for all it is stored for), and
only when PayPal accepted the keys at the host of the row. Where PayPal refuses them, that mix-up is in the message.
"""

from base64 import b64encode
from typing import Final

from workers.provider import Context, Conversation, Field, Fields, Provider, Request
from workers.secret import Secret
from workers.verdict import Body, Verdict, judge, text_at
from workers.wire import Reason

_LIVE: Final = "https://api-m.paypal.com/v1/oauth2/token"
_SANDBOX: Final = "https://api-m.sandbox.paypal.com/v1/oauth2/token"
TOKEN_ENDPOINTS: Final = (_LIVE, _SANDBOX)

_ENVIRONMENTS: Final = {"live": "production", "production": "production", "sandbox": "sandbox"}

_OK: Final = Verdict(Reason.OK, "PayPal accepts clientId and clientSecret")
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL, "PayPal refuses clientId and clientSecret; copy them again from the dashboard"
)
_REFUSED_ELSEWHERE: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "PayPal refuses the keys here, and their stored environment is the other one; store the keys of this one",
)
_NO_PERMISSION: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE, "PayPal knows the application but it lacks permissions; add them in the dashboard"
)
_MIXED_UP: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "PayPal accepts the keys, but the field environment names the other environment; save it as this one",
)
_NO_ENVIRONMENT: Final = Verdict(
    Reason.MISSING_FIELDS, "the field environment is neither sandbox nor live; save the credential again"
)


def _validate(fields: Fields, _context: Context) -> Verdict | None:
    return None if _stored_environment(fields) else _NO_ENVIRONMENT


def _stored_environment(fields: Fields) -> str | None:
    return _ENVIRONMENTS.get(fields["environment"].reveal().strip().lower())


def _converse(fields: Fields, context: Context) -> Conversation:
    verdict = judge((yield _token(fields, context)), _documented)
    if _stored_environment(fields) == context.environment:
        return verdict
    return {_OK: _MIXED_UP, _REFUSED: _REFUSED_ELSEWHERE}.get(verdict, verdict)


def _token(fields: Fields, context: Context) -> Request:
    client = f"{fields['clientId'].reveal()}:{fields['clientSecret'].reveal()}".encode()
    headers: dict[str, Secret | str] = {
        "Authorization": Secret(f"Basic {b64encode(client).decode()}"),
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    url = _SANDBOX if context.environment == "sandbox" else _LIVE
    return Request("POST", url, headers, body=Secret("grant_type=client_credentials"))


def _documented(status: int, body: Body) -> Verdict | None:
    match status, text_at(body, "error") or text_at(body, "name"):
        case 200, "" if text_at(body, "access_token"):
            return _OK
        case 401, "invalid_client" | "INVALID_CLIENT" | "AUTHENTICATION_FAILURE":
            return _REFUSED
        case 403, "NOT_AUTHORIZED":
            return _NO_PERMISSION
        case _:
            return None


PROVIDER: Final = Provider(
    "paypal",
    (
        Field("clientId", ("PAYPAL_CLIENT_ID",)),
        Field("clientSecret", ("PAYPAL_CLIENT_SECRET",)),
        Field("environment", ("PAYPAL_ENVIRONMENT", "PAYPAL_MODE")),
        Field("webhookId", ("PAYPAL_WEBHOOK_ID",), required=False),
    ),
    _converse,
    _validate,
)
