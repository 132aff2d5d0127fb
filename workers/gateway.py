"""The gateway of the AliExpress Open Platform, for both kinds of application: signed calls, and what its errors mean.

A call is a form posted to /sync. Its signature is HMAC-SHA256, under the application's secret, of all parameters in the
order of their names, each name followed by its value ("Signature algorithm", developer.alibaba.com/docs, 120692; the
business calls of /sync have `method` among the parameters instead of a path before them). The status is always 200; the
verdict is in the body, under `error_response` or flat: type, code, msg.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from workers.provider import Context, Endpoint, Fields, Request
from workers.secret import Secret
from workers.verdict import Answered, Body, Reply, Verdict, clock_skew, judge, object_at, switched_on, text_at, value_at
from workers.words import Reason

SYNC: Final = "https://api-sg.aliexpress.com/sync"
_LIVE: Final = "live answers of api-sg.aliexpress.com, "
_BAN: Final = re.compile(r"ban will last for (\d{1,9}) more second")
_LONGEST_BAN_S: Final = 31 * 86_400.0
_APP_CALL_LIMITED: Final = 7  # the older platform's number, which the gateway still gives

_NO_APP: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "AliExpress does not know the appKey; copy it again from the application console",
    rule="200 InvalidAppKey",
    source=_LIVE + "as public programs and their tests keep them",
)
_NO_SECRET: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "AliExpress refuses the signature: appSecret is not that of appKey; copy both again from the application console",
    rule="200 IncompleteSignature",
    source="Signature algorithm, developer.alibaba.com/docs 120692; "
    + _LIVE
    + "ofekb/n8n-nodes-aliexpress-affiliate 2",
)
_DEAD: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "AliExpress calls the access token invalid or expired; authorize the application again",
    rule="200 IllegalAccessToken",
    source=_LIVE + "moh3a/ae_sdk 9",
)
_NO_PERMISSION: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "AliExpress knows the application, which lacks this kind of calls; request the permission in its console",
    rule="200 InsufficientPermission",
    source=_LIVE + "a dropshipping application at affiliate calls",
)
_SKEWED: Final = Verdict(
    Reason.CLOCK_SKEW,
    "AliExpress refuses the timestamp: this host's clock is off; set it by NTP",
    "200 IllegalTimestamp",
)
_NOT_FROM_HERE: Final = Verdict(
    Reason.BLOCKED,
    "AliExpress does not take the application's calls from this host; add its address to the application's list",
    rule="200 AppWhiteIpLimit",
    source=_LIVE + "as public programs match them",
)
_LIMITED: Final = Verdict(
    Reason.RATE_LIMITED, "AliExpress limits the application's calls; it is asked again later", "200 App Call Limited"
)
_TROUBLE: Final = Verdict(Reason.PROVIDER_ERROR, "AliExpress reports a trouble of its own", "200 type ISP or SYSTEM")
_BY_CODE: Final[Mapping[object, Verdict]] = {
    "InvalidAppKey": _NO_APP,
    "IncompleteSignature": _NO_SECRET,
    "IllegalAccessToken": _DEAD,
    "InsufficientPermission": _NO_PERMISSION,
    "IllegalTimestamp": _SKEWED,
    "AppWhiteIpLimit": _NOT_FROM_HERE,
    "AppCallLimit": _LIMITED,
    "ApiCallLimit": _LIMITED,
    _APP_CALL_LIMITED: _LIMITED,
    str(_APP_CALL_LIMITED): _LIMITED,
}
MIXED_UP: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "AliExpress accepts the application, but the stored sandbox flag contradicts the row; save it as the row has it",
    rule="200 categories, stored sandbox flag is not the row's environment",
    source="openservice.aliexpress.com, API endpoint URLs: one gateway for all",
)
_REFUSALS: Final = frozenset({_NO_APP, _NO_SECRET, _DEAD})
_ELSEWHERE: Final = "; the stored sandbox flag contradicts the environment of the row"


def call(endpoint: Endpoint, method: str, fields: Fields, context: Context) -> Request:
    """A signed call without parameters of its own; with the stored access token where there is one."""
    parameters = {
        "app_key": fields["appKey"].reveal(),
        "format": "json",
        "method": method,
        "sign_method": "sha256",
        "timestamp": str(round(context.now * 1000)),
        "v": "2.0",
    }
    if "accessToken" in fields:
        parameters["session"] = fields["accessToken"].reveal()
    parameters["sign"] = signature(fields["appSecret"], parameters)
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
    return endpoint.ask(headers, body=Secret(urlencode(parameters)))


def signature(secret: Secret, parameters: Mapping[str, str], path: str = "") -> str:
    """`path` comes before the parameters in calls of the platform itself (/rest), which no probe makes."""
    text = path + "".join(f"{name}{parameters[name]}" for name in sorted(parameters))
    return hmac.digest(secret.reveal().encode(), text.encode(), "sha256").hex().upper()


def judged(answered: Answered, documented: Callable[[Body], Verdict | None], context: Context) -> Verdict:
    """`documented` judges a success; an error is judged here. A refused signature may be our clock's doing."""
    verdict = judge(
        answered, lambda status, body: _of_error(status, body, context.now) or _if_ok(status, body, documented)
    )
    if verdict is _NO_SECRET and isinstance(answered, Reply):
        return clock_skew(answered, context.now) or verdict
    return verdict


def succeeded(method: str, body: Body) -> Body | None:
    """The result of a call that went well: under its name, with 200 again."""
    told = object_at(body, method.replace(".", "_") + "_response", "resp_result")
    return object_at(told, "result") if value_at(told, "resp_code") in (200, "200") else None


def contradicts(fields: Fields, context: Context) -> bool:
    """Whether a stored sandbox flag names the other environment than the row: AliExpress itself has only one."""
    if "sandbox" not in fields:
        return False
    return switched_on(fields["sandbox"].reveal()) is not (context.environment == "sandbox")


def noted(verdict: Verdict, fields: Fields, context: Context) -> Verdict:
    """A refusal of what is stored for the other environment says so."""
    if verdict not in _REFUSALS or not contradicts(fields, context):
        return verdict
    return replace(verdict, message=verdict.message + _ELSEWHERE)


def _if_ok(status: int, body: Body, documented: Callable[[Body], Verdict | None]) -> Verdict | None:
    return documented(body) if status == 200 else None  # noqa: PLR2004


def _of_error(status: int, body: Body, now: float) -> Verdict | None:
    error = object_at(body, "error_response") or body
    code = value_at(error, "code")
    if status != 200 or isinstance(code, bool) or not isinstance(code, int | str):  # noqa: PLR2004
        return None
    verdict = _BY_CODE.get(code)
    if verdict is _LIMITED:
        return replace(_LIMITED, again_at=_ban_ends(error, now))
    if verdict is None and text_at(error, "type") in {"ISP", "SYSTEM"}:
        return _TROUBLE
    return verdict


def _ban_ends(error: Body, now: float) -> float | None:
    told = " ".join(text_at(error, name)[:500] for name in ("sub_msg", "msg", "message"))
    found = _BAN.search(told)
    return now + min(float(found[1]), _LONGEST_BAN_S) if found else None
