"""AliExpress dropshipping application: key, secret and token, in a signed call that lists the categories.

Probe     POST /sync, method aliexpress.ds.category.get (openservice.aliexpress.com, DropShippers API Developer), with
          the stored access token as `session`. It reads only, and calls are limited, not charged. It works without a
          token as well, so that `ok` proves the application alone; a token that the gateway refuses is told. No call
          that needs a token but no parameter is documented for dropshippers.
Limits    not published for the call; AppCallLimit and ApiCallLimit tell that one is reached, and for how long.
Refresh   never: each one brings a new pair ("Authorize your APP"), which only its owner may store.
Ends      at the latest 60 days after the row was written, the life of a launched application's refresh token
          ("Authorize your APP"; 30 days for an access token without one).

Answers a verdict rests on: workers/gateway.py, and
  200 resp_code 200, categories     ok: shape as in moh3a/ae_sdk and other programs in use
  200 IllegalAccessToken            dead token: live answers (moh3a/ae_sdk 9)
Without a stored token: the backend calls that degraded, and so does `insufficient_scope`, once the application is
proved.
Unverified, hence unrecognised: any other code of type ISV, any other resp_code; whether this call looks at its token.
"""

from typing import Final

from workers.gateway import MIXED_UP, SYNC, call, contradicts, judged, noted, succeeded
from workers.provider import Context, Conversation, Endpoint, Field, Fields, Provider
from workers.verdict import Body, Verdict, object_at
from workers.wire import Reason

_METHOD: Final = "aliexpress.ds.category.get"
_PAGE: Final = "openservice.aliexpress.com, aliexpress.ds.category.get"
_AUTHORIZE: Final = "openservice.aliexpress.com, Authorize your APP"
_CATEGORIES: Final = Endpoint(
    "POST", SYNC, f"lists the categories: reads only, calls are limited, not charged ({_PAGE})"
)

_REFRESH_TOKEN_LASTS: Final = 60 * 86_400.0  # seconds
_ACCESS_TOKEN_LASTS: Final = 30 * 86_400.0

_OK: Final = Verdict(
    Reason.OK, "AliExpress accepts appKey and appSecret", rule="200 resp_code 200, categories", source=_PAGE
)
_TOKENLESS: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "AliExpress accepts the application, but no access token is stored; authorize the application",
    rule="200 categories, no accessToken stored",
    source=_AUTHORIZE,
)
_ONE_TOKEN: Final = Verdict(
    Reason.MISSING_FIELDS,
    "accessToken and refreshToken are the same text; store both as AliExpress gave them",
    rule="accessToken equals refreshToken",
    source=_AUTHORIZE,
)


def _validate(fields: Fields, _context: Context) -> Verdict | None:
    if "accessToken" not in fields or "refreshToken" not in fields:
        return None
    return _ONE_TOKEN if fields["accessToken"].reveal() == fields["refreshToken"].reveal() else None


def _expires(fields: Fields, context: Context) -> float | None:
    if context.saved_at is None or not fields.keys() & {"accessToken", "refreshToken"}:
        return None
    return context.saved_at + (_REFRESH_TOKEN_LASTS if "refreshToken" in fields else _ACCESS_TOKEN_LASTS)


def _converse(fields: Fields, context: Context) -> Conversation:
    verdict = judged((yield call(_CATEGORIES, _METHOD, fields, context)), _documented, context)
    if verdict is not _OK:
        return noted(verdict, fields, context)
    if "accessToken" not in fields:
        return _TOKENLESS
    return MIXED_UP if contradicts(fields, context) else _OK


def _documented(body: Body) -> Verdict | None:
    result = succeeded(_METHOD, body)
    return _OK if object_at(result, "categories") is not None else None


PROVIDER: Final = Provider(
    "aliexpress-dropshipping",
    (
        Field("appKey"),
        Field("appSecret"),
        Field("accessToken", required=False),
        Field("refreshToken", required=False),
        Field("sandbox", required=False),
    ),
    _converse,
    _validate,
    _expires,
    (_CATEGORIES,),
)
