"""PayPal: a REST application, proved by the token it is given.

Probe     POST /v1/oauth2/token, grant_type=client_credentials ("Authentication", developer.paypal.com). Free; it
          changes nothing. The token is thrown away: one that was kept would outlive a rotated secret, and so
          prove nothing about what the row stores.
Limits    not published: "Rate limiting guidelines" asks not to poll and to make few tokens (429 RATE_LIMIT_REACHED).
          One token a minute and application is our own bound. The row's environment decides the host.
Ends      never on its own: client secrets have no documented lifetime.

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

from dataclasses import replace
from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Request, basic
from workers.secret import Secret
from workers.verdict import Body, Verdict, judge, text_at
from workers.wire import Reason

_TOKENS: Final = Budget(
    "tokens",
    60.0,
    10,
    ("clientId", "clientSecret"),
    "our own bound: developer.paypal.com, Rate limiting guidelines, names none and asks for few tokens",
)
_MINTS_ONLY: Final = (
    "mints a token that nobody uses, free of charge, and leaves the application and its other tokens as they are: "
    "developer.paypal.com, Authentication"
)
_TOKEN_AT: Final = {
    "production": Endpoint("POST", "https://api-m.paypal.com/v1/oauth2/token", _MINTS_ONLY, _TOKENS),
    "sandbox": Endpoint("POST", "https://api-m.sandbox.paypal.com/v1/oauth2/token", _MINTS_ONLY, _TOKENS),
}

_ENVIRONMENTS: Final = {"live": "production", "production": "production", "sandbox": "sandbox"}

_OK: Final = Verdict(
    Reason.OK,
    "PayPal accepts clientId and clientSecret",
    rule="200 access_token",
    source="developer.paypal.com, Authentication",
)
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "PayPal refuses clientId and clientSecret; copy them again from the dashboard",
    rule="401 invalid_client",
    source="developer.paypal.com/api/identity/v1/errors/invalid_client",
)
_UNAUTHENTIC: Final = replace(
    _REFUSED, rule="401 AUTHENTICATION_FAILURE", source="developer.paypal.com, HTTP status codes"
)
_NO_PERMISSION: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "PayPal knows the application but it lacks permissions; add them in the dashboard",
    rule="403 NOT_AUTHORIZED",
    source="developer.paypal.com, HTTP status codes",
)
_MIXED_UP: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "PayPal accepts the keys, but the field environment names the other environment; save it as this one",
    rule="200 access_token, stored environment is the other one",
    source="developer.paypal.com, Authentication: sandbox and live have keys and hosts of their own",
)
_NO_ENVIRONMENT: Final = Verdict(
    Reason.MISSING_FIELDS, "the field environment is neither sandbox nor live; save the credential again"
)
_REFUSED_ELSEWHERE: Final = (
    "PayPal refuses the keys here, and their stored environment is the other one; store the keys of this one"
)


def _validate(fields: Fields, _context: Context) -> Verdict | None:
    return None if _stored_environment(fields) else _NO_ENVIRONMENT


def _stored_environment(fields: Fields) -> str | None:
    return _ENVIRONMENTS.get(fields["environment"].reveal().strip().lower())


def _converse(fields: Fields, context: Context) -> Conversation:
    verdict = judge((yield _token(fields, context)), _documented)
    if _stored_environment(fields) == context.environment:
        return verdict
    if verdict in {_REFUSED, _UNAUTHENTIC}:
        return replace(verdict, message=_REFUSED_ELSEWHERE)
    return _MIXED_UP if verdict is _OK else verdict


def _token(fields: Fields, context: Context) -> Request:
    headers: dict[str, Secret | str] = {
        "Authorization": basic(fields["clientId"].reveal(), fields["clientSecret"].reveal()),
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    endpoint = _TOKEN_AT["sandbox" if context.environment == "sandbox" else "production"]
    return endpoint.ask(headers, body=Secret("grant_type=client_credentials"))


def _documented(status: int, body: Body) -> Verdict | None:
    match status, text_at(body, "error") or text_at(body, "name"):
        case 200, "" if text_at(body, "access_token"):
            return _OK
        case 401, "invalid_client" | "INVALID_CLIENT":
            return _REFUSED
        case 401, "AUTHENTICATION_FAILURE":
            return _UNAUTHENTIC
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
    endpoints=tuple(_TOKEN_AT.values()),
)
