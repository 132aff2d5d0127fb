"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"appId": "ebay-app-id", "devId": "ebay-dev-id", "certId": "ebay-cert-id", "token": "v^1.1#access"}


def _ebay(error_id: int, domain: str, message: str) -> object:
    return {"errors": [{"errorId": error_id, "domain": domain, "category": "REQUEST", "message": message}]}


CASES = (
    Case("ebay", "registered", 200, {"sellerRegistrationCompleted": True}, Reason.OK),
    Case("ebay", "not registered", 200, {"sellerRegistrationCompleted": False}, Reason.OK),
    Case("ebay", "1001", 401, _ebay(1001, "OAuth", "Invalid access token"), Reason.INVALID_CREDENTIAL),
    Case("ebay", "1100", 403, _ebay(1100, "ACCESS", "Access denied"), Reason.INSUFFICIENT_SCOPE),
    Case("ebay", "2001", 429, _ebay(2001, "ACCESS", "Too many requests."), Reason.RATE_LIMITED),
    Case("ebay", "20500", 500, _ebay(20500, "API_ACCOUNT", "System error."), Reason.PROVIDER_ERROR),
    Case("ebay", "1002", 400, _ebay(1002, "OAuth", "Missing access token"), Reason.UNRECOGNISED),
    Case("ebay", "another 401", 401, _ebay(1004, "OAuth", "Other"), Reason.UNRECOGNISED),
    Case("ebay", "another 403", 403, _ebay(1101, "ACCESS", "Other"), Reason.UNRECOGNISED),
)
