"""What the documents say that this provider answers."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {"apiKey": "zenrows-secret-key"}

CODES = "docs.zenrows.com/api-error-codes; ZenRows/cli src/core/http.ts"
ADDRESS = "docs.zenrows.com/universal-scraper-api/troubleshooting/ip-address-blocked"
USAGE = "ZenRows/cli src/core/usage.ts"


def _details(percent: float, **more: object) -> object:
    return {
        "status": "active",
        "period_starts_at": "2025-06-01T00:00:00.000000Z",
        "period_ends_at": "2025-07-01T00:00:00.000000Z",
        "usage_percent": percent,
        "plan": {"name": "Developer", "price": 69.99, "recurrence": "monthly"},
        **more,
    }


def _error(code: str, status: int) -> object:
    kind = f"https://docs.zenrows.com/api-error-codes#{code}"
    return {"code": code, "title": f"ZenRows's own ({code})", "detail": "…", "status": status, "type": kind}


CASES = (
    Case("zenrows", "details", 200, _details(12.5), Reason.OK, USAGE),
    Case("zenrows", "used up", 200, _details(100), Reason.OK, USAGE),
    Case("zenrows", "no percentage", 200, {"plan": {}}, Reason.OK, USAGE),
    Case("zenrows", "no plan", 200, {"status": "active"}, Reason.UNRECOGNISED),
    Case("zenrows", "missing", 401, _error("AUTH001", 401), Reason.UNRECOGNISED, CODES),
    Case("zenrows", "malformed", 401, _error("AUTH002", 401), Reason.INVALID_CREDENTIAL, CODES),
    Case("zenrows", "invalid", 401, _error("AUTH003", 401), Reason.INVALID_CREDENTIAL, CODES),
    Case("zenrows", "another 401", 401, {"message": "Unauthenticated."}, Reason.UNRECOGNISED),
    Case("zenrows", "no credit", 402, _error("AUTH004", 402), Reason.QUOTA_EXHAUSTED, CODES),
    Case("zenrows", "a feature", 402, _error("AUTH010", 402), Reason.UNRECOGNISED, CODES),
    Case("zenrows", "no subscription", 402, _error("AUTH011", 402), Reason.ACCOUNT_RESTRICTED, CODES),
    Case("zenrows", "address", 403, _error("BLK0001", 403), Reason.BLOCKED, ADDRESS),
    Case("zenrows", "another 403", 403, _error("AUTH009", 403), Reason.UNRECOGNISED, ADDRESS),
    Case("zenrows", "concurrency", 429, _error("AUTH006", 429), Reason.RATE_LIMITED, CODES),
    Case("zenrows", "rate", 429, _error("AUTH008", 429), Reason.RATE_LIMITED, CODES),
    Case("zenrows", "broken", 500, _error("CTX0001", 500), Reason.PROVIDER_ERROR, CODES),
)
