"""What is known of the gateway's answers to an affiliate application; the status is always 200."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"appKey": "affiliate-app-key", "appSecret": "affiliate-app-secret"}

_PROGRAMS = "live answers in public programs"
_SDK = "sergioteula/python-aliexpress-api"
_BAN = "This ban will last for 31062 more seconds"


def error(code: object, kind: str = "ISV", **more: str) -> object:
    return {"error_response": {"type": kind, "code": code, "msg": "Words of theirs", "request_id": "2101", **more}}


def flat(code: object, kind: str = "ISV") -> object:
    return {"type": kind, "code": code, "message": "Words of theirs", "request_id": "2101"}


def _result(code: object, **result: object) -> object:
    told = {"resp_code": code, "resp_msg": "Words of theirs", **({"result": result} if result else {})}
    return {"aliexpress_affiliate_category_get_response": {"resp_result": told, "request_id": "2101"}}


def _case(says: str, body: object, reason: Reason, source: str, status: int = 200, **more: object) -> Case:
    return Case("aliexpress-affiliate", says, status, body, reason, source, **more)


_TREE = _result(200, categories={"category": []}, total_result_count=0)

CASES = (
    _case("categories", _TREE, Reason.OK, _SDK),
    _case("sandbox flag", _TREE, Reason.INSUFFICIENT_SCOPE, f"{_SDK}; the row", fields={"sandbox": "true"}),
    _case("no publisher", _result(401), Reason.UNRECOGNISED, "sergioteula/python-aliexpress-api 34"),
    _case("no result", _result(200), Reason.UNRECOGNISED, "not documented"),
    _case("InvalidAppKey", error("InvalidAppKey"), Reason.INVALID_CREDENTIAL, _PROGRAMS),
    _case("InvalidAppKey, flat", flat("InvalidAppKey"), Reason.INVALID_CREDENTIAL, _PROGRAMS),
    _case(
        "IncompleteSignature",
        error("IncompleteSignature"),
        Reason.INVALID_CREDENTIAL,
        "ofekb/n8n-nodes-aliexpress-affiliate 2",
    ),
    _case("InsufficientPermission", error("InsufficientPermission"), Reason.INSUFFICIENT_SCOPE, _PROGRAMS),
    _case("IllegalTimestamp", error("IllegalTimestamp"), Reason.CLOCK_SKEW, _PROGRAMS),
    _case("AppWhiteIpLimit", error("AppWhiteIpLimit"), Reason.BLOCKED, _PROGRAMS),
    _case("AppCallLimit", error("AppCallLimit"), Reason.RATE_LIMITED, _PROGRAMS),
    _case("ApiCallLimit", flat("ApiCallLimit"), Reason.RATE_LIMITED, _PROGRAMS),
    _case("App Call Limited", error(7, sub_msg=_BAN), Reason.RATE_LIMITED, "live answers of the older platform"),
    _case("InvalidApiPath", error("InvalidApiPath"), Reason.UNRECOGNISED, _PROGRAMS),
    _case("of the platform", error("ServiceUnavailable", "SYSTEM"), Reason.PROVIDER_ERROR, "pub.dev aliexpress_sdk"),
    _case("of the service", error("ServiceTimeout", "ISP"), Reason.PROVIDER_ERROR, "pub.dev aliexpress_sdk"),
    _case("limited by HTTP", {}, Reason.RATE_LIMITED, "RFC 6585 section 4", 429),
    _case("broken", {}, Reason.PROVIDER_ERROR, "RFC 9110 section 15.6", 502),
    _case("another 403", error("InvalidAppKey"), Reason.UNRECOGNISED, "the gateway's status is 200", 403),
)
