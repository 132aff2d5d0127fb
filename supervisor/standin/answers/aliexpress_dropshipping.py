"""AliExpress, a dropshipping application: the categories, by a signed call with a token. The status is always 200."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say


def _refused(code: str, message: str, kind: str = "ISV", **more: str) -> Response:
    # moh3a/ae_sdk issue 9: error_response with type, code, msg, request_id.
    return say(200, {"error_response": {"type": kind, "code": code, "msg": message, "request_id": "2101", **more}})


_DEAD: Final = _refused("IllegalAccessToken", "The specified access token is invalid or expired")  # moh3a/ae_sdk 9
_LIMITED: Final = _refused("ApiCallLimit", "The request has exceeded the limit of the API")  # public logs
_REFUSALS: Final = MappingProxyType(
    {
        "revoked": _DEAD,
        "expired": _DEAD,
        # The rest: codes in public logs; some texts are samples.
        "unknown": _refused("InvalidAppKey", "The specified App Key is invalid"),
        "unsigned": _refused("IncompleteSignature", "The request signature does not conform to platform standards"),
        "restricted": _refused("InsufficientPermission", "The application has no permission for the API"),
        "tokenless": _refused("MissingParameter", "The input parameter access_token is mandatory"),
        "late": _refused("IllegalTimestamp", "The timestamp of the request is out of range"),
        "elsewhere": _refused("AppWhiteIpLimit", "Source IP is not whitelisted in the app"),
        "limited": _LIMITED,
        "quota": _LIMITED,
        "banned": _refused("AppCallLimit", "App Call Limited", sub_msg="This ban will last for 60 more seconds"),
        "broken": _refused("ServiceTimeout", "The service did not answer in time", "ISP"),
    }
)
# Shape as in moh3a/ae_sdk.
_CATEGORIES: Final = say(
    200,
    {
        "aliexpress_ds_category_get_response": {
            "resp_result": {
                "resp_code": 200,
                "resp_msg": "success",
                "result": {
                    "categories": {"category": [{"category_id": 3, "category_name": "Apparel & Accessories"}]},
                    "total_result_count": 1,
                },
            },
            "request_id": "2101",
        }
    },
)


def _sync(_request: Request, mark: Mark) -> Response:
    return _REFUSALS.get(mark.word, _CATEGORIES)


ROUTES: Final = MappingProxyType({("POST", "/sync?method=aliexpress.ds.category.get"): _sync})
