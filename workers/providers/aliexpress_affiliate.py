"""AliExpress affiliate application: its key and secret, proved by a signed call that lists the categories.

Probe     POST /sync, method aliexpress.affiliate.category.get (openservice.aliexpress.com, Affiliate API). It takes no
          parameter and no user's token, reads only, and calls are limited, not charged.
Limits    not published for the call; AppCallLimit and ApiCallLimit tell that one is reached, and for how long.
          There is one gateway: a sandbox is not documented.

Answers a verdict rests on: workers/gateway.py, and
  200 resp_code 200, categories     ok: shape as in sergioteula/python-aliexpress-api and other programs in use
Unverified, hence unrecognised: any other code of type ISV; any other resp_code ("This publisher is not registered").

A stored `sandbox` that is not the row's environment: the backend calls that degraded. As at PayPal,
`insufficient_scope` comes nearest, and only when AliExpress accepted the application.
"""

from typing import Final

from workers.gateway import MIXED_UP, SYNC, call, contradicts, judged, noted, succeeded
from workers.provider import Context, Conversation, Endpoint, Field, Fields, Provider
from workers.verdict import Body, Verdict, object_at
from workers.wire import Reason

_METHOD: Final = "aliexpress.affiliate.category.get"
_PAGE: Final = "openservice.aliexpress.com, aliexpress.affiliate.category.get"
_CATEGORIES: Final = Endpoint(
    "POST", SYNC, f"lists the categories: reads only, calls are limited, not charged ({_PAGE})"
)

_OK: Final = Verdict(
    Reason.OK, "AliExpress accepts appKey and appSecret", rule="200 resp_code 200, categories", source=_PAGE
)


def _converse(fields: Fields, context: Context) -> Conversation:
    verdict = judged((yield call(_CATEGORIES, _METHOD, fields, context)), _documented, context)
    if verdict is _OK and contradicts(fields, context):
        return MIXED_UP
    return noted(verdict, fields, context)


def _documented(body: Body) -> Verdict | None:
    result = succeeded(_METHOD, body)
    return _OK if object_at(result, "categories") is not None else None


PROVIDER: Final = Provider(
    "aliexpress-affiliate",
    (
        Field("appKey"),
        Field("appSecret"),
        Field("trackingId", required=False),
        Field("sandbox", required=False),
    ),
    _converse,
    endpoints=(_CATEGORIES,),
)
