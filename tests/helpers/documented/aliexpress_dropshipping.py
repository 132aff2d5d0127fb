"""What is known of the gateway's answers to a dropshipping application; the status is always 200."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"appKey": "dropshipping-app-key", "appSecret": "dropshipping-app-secret", "accessToken": "5000-access"}

_PROGRAMS = "live answers in public programs"
_SDK = "moh3a/ae_sdk"


def _error(code: object, kind: str = "ISV", **more: str) -> object:
    return {"error_response": {"type": kind, "code": code, "msg": "Words of theirs", "request_id": "2101", **more}}


def _result(code: object, **result: object) -> object:
    told = {"resp_code": code, "resp_msg": "Words of theirs", **({"result": result} if result else {})}
    return {"aliexpress_ds_category_get_response": {"resp_result": told, "request_id": "2101"}}


def _case(says: str, body: object, reason: Reason, source: str, status: int = 200, **more: object) -> Case:
    return Case("aliexpress-dropshipping", says, status, body, reason, source, **more)


_TREE = _result(200, categories={"category": []}, total_result_count=0)
_BAN = "This ban will last for 60 more seconds"

CASES = (
    _case("categories", _TREE, Reason.OK, _SDK),
    _case("sandbox flag", _TREE, Reason.INSUFFICIENT_SCOPE, f"{_SDK}; the row", fields={"sandbox": "true"}),
    _case("no result", _result(200), Reason.UNRECOGNISED, "not documented"),
    _case("another result", _result(404), Reason.UNRECOGNISED, "not documented"),
    _case("IllegalAccessToken", _error("IllegalAccessToken"), Reason.INVALID_CREDENTIAL, "moh3a/ae_sdk 9"),
    _case("InvalidAppKey", _error("InvalidAppKey"), Reason.INVALID_CREDENTIAL, _PROGRAMS),
    _case("IncompleteSignature", _error("IncompleteSignature"), Reason.INVALID_CREDENTIAL, _PROGRAMS),
    _case("InsufficientPermission", _error("InsufficientPermission"), Reason.INSUFFICIENT_SCOPE, _PROGRAMS),
    _case("MissingParameter", _error("MissingParameter"), Reason.UNRECOGNISED, _PROGRAMS),
    _case("IllegalTimestamp", _error("IllegalTimestamp"), Reason.CLOCK_SKEW, _PROGRAMS),
    _case("AppWhiteIpLimit", _error("AppWhiteIpLimit"), Reason.BLOCKED, _PROGRAMS),
    _case("AppCallLimit", _error("AppCallLimit", sub_msg=_BAN), Reason.RATE_LIMITED, _PROGRAMS),
    _case("ApiCallLimit", _error("ApiCallLimit"), Reason.RATE_LIMITED, _PROGRAMS),
    _case("App Call Limited", _error("7", sub_msg=_BAN), Reason.RATE_LIMITED, "live answers of the older platform"),
    _case("of the platform", _error("InternalError", "SYSTEM"), Reason.PROVIDER_ERROR, "pub.dev aliexpress_sdk"),
    _case("limited by HTTP", {}, Reason.RATE_LIMITED, "RFC 6585 section 4", 429),
    _case("broken", {}, Reason.PROVIDER_ERROR, "RFC 9110 section 15.6", 500),
    _case("another 401", _error("IllegalAccessToken"), Reason.UNRECOGNISED, "the gateway's status is 200", 401),
)
