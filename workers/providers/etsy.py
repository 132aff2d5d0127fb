"""Etsy: an application, and the token of a seller where one is stored, proved by who they are.

The existing backend stores none; the names are ours: apiKey (the keystring), sharedSecret, accessToken, refreshToken,
expiresAt. apiKey may also hold keystring:shared_secret, as the header does.

Probe     GET /v3/application/users/me with a token ("getMe"), else GET /v3/application/openapi-ping ("ping", "A
          confirmation that the current application has access to the Open API"), both of developers.etsy.com,
          Reference. Read-only, free. x-api-key is keystring:shared_secret ("Request Standards"), in force since
          February 9, 2026 (etsy/open-api discussions 1529). There is no sandbox.
Limits    10 000 a day by key, or what the key was given: x-remaining-today is heeded ("Rate Limits").
Ends      an access token after an hour, a refresh token after 90 days ("Authentication"). A refresh brings a new
          refresh token, so healthsup never refreshes: a second refresher would cut off the program that owns the row.

Answers a verdict rests on (live answers, as Etsy's guides name no error of these two; tokens as in RFC 6750, which
"Authentication" builds on)
  200 user_id, application_id              ok: "getMe", "ping"
  401 invalid_token                        RFC 6750 section 3.1; live (rhysnhall/etsy-php-sdk 4)
  401 invalid_token "access token is expired"   live (etsy/open-api 519)
  403 insufficient_scope                   RFC 6750 section 3.1
  403 "Shared secret is required …", "… should be in the format …"   live (anitabyte/etsyv3 31, PipedreamHQ/pipedream
          20010, HelpCode-ai/anythingmcp 634): the shared secret is not stored
  429                                      "Rate Limits"
Unverified, hence unrecognised: "Invalid API key", which live keys have been given too (etsy/open-api 498 and 561), and
any other 401 or 403, an application that is not active yet among them (etsy/open-api discussions 1752).
"""

from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Sent
from workers.secret import Secret
from workers.verdict import Body, Verdict, instant, judge, number_at, text_at
from workers.wire import Reason

_REFERENCE: Final = "developers.etsy.com, Reference"
_TOKENS: Final = "RFC 6750 section 3.1; developers.etsy.com, Authentication"

_BUDGET: Final = Budget(
    "requests",
    per=8.64,
    burst=10,
    by=("apiKey",),
    source="developers.etsy.com/documentation/essentials/rate-limits",
    remaining="x-remaining-today",
)
_ME: Final = Endpoint(
    "GET",
    "https://openapi.etsy.com/v3/application/users/me",
    f"getMe tells whose token it is; the Open API is free ({_REFERENCE}, getMe)",
    _BUDGET,
)
_PING: Final = Endpoint(
    "GET",
    "https://openapi.etsy.com/v3/application/openapi-ping",
    f"confirms that the application has access; the Open API is free ({_REFERENCE}, ping)",
    _BUDGET,
)
_ACCESS_TOKEN_S: Final = 3600.0
_REFRESH_TOKEN_S: Final = 90 * 86_400.0

_OK_TOKEN: Final = Verdict(
    Reason.OK, "Etsy accepts the application and the token", rule="200 user_id", source=f"{_REFERENCE}, getMe"
)
_OK_APP: Final = Verdict(
    Reason.OK,
    "Etsy accepts the application; no token of a seller is stored",
    rule="200 application_id",
    source=f"{_REFERENCE}, ping",
)
_DEAD: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Etsy refuses the access token; connect the shop again",
    rule="401 invalid_token",
    source=_TOKENS,
)
_EXPIRED: Final = Verdict(
    Reason.EXPIRED,
    "the access token has expired and no refresh token is stored; connect the shop again",
    rule="401 invalid_token, access token is expired",
    source="live answers, etsy/open-api 519",
)
_RENEWABLE: Final = Verdict(
    Reason.VALID_UNPROBED,
    "the access token has run out, as it does each hour; its refresh token is its owner's alone to use",
    rule="401 invalid_token, access token is expired, refreshToken",
    source="developers.etsy.com, Authentication",
)
_NO_SCOPE: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "the token lacks the scope shops_r; connect the shop again with that scope",
    rule="403 insufficient_scope",
    source=_TOKENS,
)
_NO_SECRET: Final = Verdict(
    Reason.MISSING_FIELDS,
    "Etsy wants the application's shared secret too; store it as sharedSecret",
    rule="403 shared secret in x-api-key",
    source="developers.etsy.com, Request Standards; live answers, anitabyte/etsyv3 31 and others",
)
_UNSURE: Final = Verdict(
    Reason.UNRECOGNISED,
    "Etsy does not take the key, as has befallen live ones too; look at the application's state under Your Apps",
    rule="Invalid API key",
    source="live answers, etsy/open-api 498 and 561",
)


def _converse(fields: Fields, _context: Context) -> Conversation:
    headers: dict[str, Sent] = {"x-api-key": _key(fields), "Accept": "application/json"}
    if "accessToken" not in fields:
        return judge((yield _PING.ask(headers)), _documented)
    headers["Authorization"] = Secret(f"Bearer {fields['accessToken'].reveal()}")
    verdict = judge((yield _ME.ask(headers)), _documented)
    return _RENEWABLE if verdict is _EXPIRED and "refreshToken" in fields else verdict


def _key(fields: Fields) -> Secret:
    key = fields["apiKey"].reveal()
    whole = ":" in key or "sharedSecret" not in fields
    return Secret(key if whole else f"{key}:{fields['sharedSecret'].reveal()}")


def _expires(fields: Fields, context: Context) -> float | None:
    """The refresh token's end where there is one, else the access token's; an application has none."""
    if "refreshToken" in fields:
        return None if context.saved_at is None else context.saved_at + _REFRESH_TOKEN_S
    if "accessToken" not in fields:
        return None
    told = instant(fields["expiresAt"].reveal()) if "expiresAt" in fields else None
    return told if told is not None or context.saved_at is None else context.saved_at + _ACCESS_TOKEN_S


def _documented(status: int, body: Body) -> Verdict | None:
    error = text_at(body, "error")
    match status:
        case 200 if number_at(body, "user_id") is not None:
            return _OK_TOKEN
        case 200 if number_at(body, "application_id") is not None:
            return _OK_APP
        case 401 if error == "invalid_token":
            return _EXPIRED if "expired" in text_at(body, "error_description") else _DEAD
        case 403 if error == "insufficient_scope":
            return _NO_SCOPE
        case 403 if error.startswith(("Shared secret is required", "Invalid API key: should be in the format")):
            return _NO_SECRET
        case 400 | 401 | 403 if error.startswith("Invalid API key"):
            return _UNSURE
        case _:
            return None


PROVIDER: Final = Provider(
    "etsy",
    (
        Field("apiKey"),
        Field("sharedSecret", required=False),
        Field("accessToken", required=False),
        Field("refreshToken", required=False),
        Field("expiresAt", required=False),
    ),
    _converse,
    expires=_expires,
    endpoints=(_ME, _PING),
)
