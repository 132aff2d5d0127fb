"""Mercado Libre: the owner of an access token. healthsup never refreshes here: a refresh token serves once.

Probe     GET /users/me with the access token ("Consultas sobre el usuario", developers.mercadolibre.com).
          Read-only, free. One host: test users live on production.
Limits    not published; 429 exists ("Errores": too_many_requests), and is heeded where it says for how long.
Refresh   never: each one consumes the refresh token and brings a new one ("Autenticación y Autorización"), so a
          second refresher would cut off the program that owns the row.
Ends      an access token after six hours, a refresh token after six months: public guides that cite the same page,
          which was not read to its end, so nothing but the forecast rests on it. Beside a refresh token the
          credential ends with that: its owner keeps the access token fresh.

Answers a verdict rests on
  200 id                                ok; status.site_status as in "Consultas sobre el usuario"
  200 status.site_status "deactive"     the user cannot trade: same page, and "Error 403" (inactive users)
  401 message "invalid access token"    dead token: live answers (ctmil/meli_oerp 112); that an access token ends
          after six hours, or with a changed password or app secret, is in "Autenticación y Autorización"
  403 any                               "Error 403" names scopes, a blocked application, an address that is not
          allowed, an inactive user and unfinished verification for the same body: unrecognised
Unverified, hence unrecognised: 401 "invalid_token" (once given to live tokens, mercadolibre/api 69).
"""

from typing import Final

from workers.provider import Context, Conversation, Endpoint, Field, Fields, Provider
from workers.secret import Secret
from workers.verdict import Body, Verdict, instant, judge, number_at, text_at
from workers.wire import Reason

_ME: Final = Endpoint(
    "GET",
    "https://api.mercadolibre.com/users/me",
    "reads the token's own user, free of charge: developers.mercadolibre.com, Consultas sobre el usuario",
)

_ACCESS_TOKEN_LASTS: Final = 21_600.0  # seconds
_REFRESH_TOKEN_LASTS: Final = 184 * 86_400.0  # six months, at their longest

_USERS_PAGE: Final = "developers.mercadolibre.com, Consultas sobre el usuario"
_LIVE_401: Final = "live answers, ctmil/meli_oerp 112"

_OK: Final = Verdict(Reason.OK, "Mercado Libre accepts the token", rule="200 id", source=_USERS_PAGE)
_UNPROBED: Final = Verdict(
    Reason.VALID_UNPROBED, "the stored fields are complete; there is no access token to ask Mercado Libre with"
)
_DEAD: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Mercado Libre refuses the access token; connect the account again",
    rule='401 "invalid access token"',
    source=_LIVE_401,
)
_EXPIRED: Final = Verdict(
    Reason.EXPIRED,
    "the access token has expired; let the program that owns it refresh it, or connect again",
    rule='401 "invalid access token", stored expiresAt past',
    source=_LIVE_401,
)
_DEACTIVATED: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "the token works but the account is deactivated; write to Mercado Libre's support",
    rule='200 status.site_status "deactive"',
    source=_USERS_PAGE,
)
_FORBIDDEN: Final = Verdict(
    Reason.UNRECOGNISED,
    "Mercado Libre forbids it and does not say why; look at scopes, address list and state of the application",
    rule="403 FORBIDDEN",
    source="developers.mercadolibre.com, Error 403",
)


def _expires(fields: Fields, context: Context) -> float | None:
    """No stored token is younger than its row, which the owner writes at each refresh."""
    lasts = _REFRESH_TOKEN_LASTS if "refreshToken" in fields else _ACCESS_TOKEN_LASTS
    latest = None if context.saved_at is None else context.saved_at + lasts
    return latest if "refreshToken" in fields else _stored_end(fields) or latest


def _converse(fields: Fields, context: Context) -> Conversation:
    token = fields.get("accessToken")
    if token is None:
        return _UNPROBED
    headers: dict[str, Secret | str] = {
        "Authorization": Secret(f"Bearer {token.reveal()}"),
        "Accept": "application/json",
    }
    verdict = judge((yield _ME.ask(headers)), _documented)
    return _EXPIRED if verdict is _DEAD and _is_past(fields, context) else verdict


def _is_past(fields: Fields, context: Context) -> bool:
    ends_at = _stored_end(fields)
    return ends_at is not None and ends_at <= context.now


def _stored_end(fields: Fields) -> float | None:
    return instant(fields["expiresAt"].reveal()) if "expiresAt" in fields else None


def _documented(status: int, body: Body) -> Verdict | None:
    match status:
        case 200 if number_at(body, "id") is not None:
            return _DEACTIVATED if text_at(body, "status", "site_status") == "deactive" else _OK
        case 401 if text_at(body, "message").lower() == "invalid access token":
            return _DEAD
        case 403 if text_at(body, "code").upper() == "FORBIDDEN":
            return _FORBIDDEN
        case _:
            return None


PROVIDER: Final = Provider(
    "mercadolibre",
    (
        Field("clientId", ("MERCADOLIBRE_CLIENT_ID",)),
        Field("clientSecret", ("MERCADOLIBRE_CLIENT_SECRET",)),
        Field("accessToken", ("MERCADOLIBRE_ACCESS_TOKEN",), required=False),
        Field("refreshToken", ("MERCADOLIBRE_REFRESH_TOKEN",), required=False),
        Field("userId", ("MERCADOLIBRE_USER_ID",), required=False),
        Field("siteId", ("MERCADOLIBRE_SITE_ID",), required=False),
        Field("sandbox", required=False),
        Field("expiresAt", required=False),
    ),
    _converse,
    expires=_expires,
    endpoints=(_ME,),
)
