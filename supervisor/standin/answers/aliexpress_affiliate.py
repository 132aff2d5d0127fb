"""AliExpress, an affiliate application: the categories, by a signed call. The status is always 200."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say


def _refused(code: str | int, message: str, kind: str = "ISV", sub_message: str = "") -> Response:
    # Public logs: error_response with type, code, msg, request_id; the older form has sub_msg. Some texts are samples.
    error = {"type": kind, "code": code, "msg": message, "request_id": "2141154917"}
    return say(200, {"error_response": error | ({"sub_msg": sub_message} if sub_message else {})})


_UNKNOWN: Final = _refused("InvalidAppKey", "The specified App Key is invalid")
_LIMITED: Final = _refused("AppCallLimit", "The request has exceeded the limit of the application")
_REFUSALS: Final = MappingProxyType(
    {
        "revoked": _UNKNOWN,
        "expired": _UNKNOWN,
        # ofekb/n8n-nodes-aliexpress-affiliate issue 2; the flat form: Stack Overflow, the same error at /rest.
        "unsigned": say(
            200,
            {
                "type": "ISV",
                "code": "IncompleteSignature",
                "message": "The request signature does not conform to platform standards",
                "request_id": "2127823417",
            },
        ),
        "restricted": _refused(
            "InsufficientPermission", "The application has no permission for the API"
        ),  # public logs
        "late": _refused("IllegalTimestamp", "The timestamp of the request is out of range"),  # public logs
        "elsewhere": _refused("AppWhiteIpLimit", "Source IP is not whitelisted in the app"),  # public logs
        "limited": _LIMITED,
        "quota": _LIMITED,
        # The older platform's form, with how long it lasts: public logs.
        "banned": _refused(7, "App Call Limited", sub_message="This ban will last for 60 more seconds"),
        "pathless": _refused("InvalidApiPath", "The specified API path is invalid"),  # public logs
        "broken": _refused(
            "ServiceUnavailable", "The service is not available", "SYSTEM"
        ),  # types: pub.dev aliexpress_sdk
        # sergioteula/python-aliexpress-api issue 34.
        "stranger": say(
            200,
            {
                "aliexpress_affiliate_category_get_response": {
                    "resp_result": {"resp_code": 401, "resp_msg": "This publisher is not registered"}
                }
            },
        ),
    }
)
# Shape as in sergioteula/python-aliexpress-api.
_CATEGORIES: Final = say(
    200,
    {
        "aliexpress_affiliate_category_get_response": {
            "resp_result": {
                "resp_code": 200,
                "resp_msg": "Call succeeds",
                "result": {
                    "categories": {"category": [{"category_id": 3, "category_name": "Apparel & Accessories"}]},
                    "total_result_count": 1,
                },
            },
            "request_id": "2141154917",
        }
    },
)


def _sync(_request: Request, mark: Mark) -> Response:
    return _REFUSALS.get(mark.word, _CATEGORIES)


ROUTES: Final = MappingProxyType({("POST", "/sync?method=aliexpress.affiliate.category.get"): _sync})
