"""ZenRows: an API key, proved by the details of its subscription.

Probe     GET /v1/subscriptions/self/details with the key in X-API-Key (the vendor's own command line, ZenRows/cli
          src/core/usage.ts). Read-only; it spends no credit ("verified by calling it repeatedly": the vendor's plugin,
          ZenRows/dify-zenrows utils/batch.py) and does not count against the concurrency (ZenRows/cli, usage).
Limits    none published for this call; six a minute are ours. 429 is AUTH006 (concurrency) or AUTH008 (rate). "Too
          many faulty requests", refused keys among them, block an address for a while (docs.zenrows.com/
          universal-scraper-api/troubleshooting/ip-address-blocked): a key that was refused rests for an hour.
Ends      with the subscription's period, `period_ends_at` in the answer, unless it is renewed.

Answers a verdict rests on (docs.zenrows.com/api-error-codes, as the vendor's own programs read it: ZenRows/cli
src/core/http.ts and usage.ts, ZenRows/dify-zenrows utils/errors.py; errors are {code, title, detail, status, type})
  200 plan             ok; with usage_percent at 100 it says so: top-ups may go on beyond it
  401 AUTH002, AUTH003 "The apikey sent is not valid"
  402 AUTH004          "reached its usage limit", "Subscription has no credit available"
  402 AUTH011          "No active subscription found"
  403 BLK0001          "IP Address Blocked": this host's (the same page)
  429                  AUTH006, AUTH008
Unverified, hence unrecognised: AUTH001 (no key came), AUTH005, AUTH010 and AUTH012 (of scrapes), any other 403.
"""

from dataclasses import replace
from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Sent
from workers.verdict import Answered, Body, Reply, Verdict, instant, json_object, judge, number_at, object_at, text_at
from workers.wire import Reason

_CODES: Final = "docs.zenrows.com/api-error-codes; ZenRows/cli src/core/http.ts"
_USAGE: Final = "ZenRows/cli src/core/usage.ts"

_DETAILS: Final = Endpoint(
    "GET",
    "https://api.zenrows.com/v1/subscriptions/self/details",
    "reads the subscription; spends no credit and no concurrency (ZenRows/cli, usage; ZenRows/dify-zenrows, batch.py)",
    Budget("details", per=10.0, burst=6, by=("apiKey",), source=f"ours; {_USAGE} calls it safe to poll"),
)
_ALL_OF_IT: Final = 100.0
_RESTS_S: Final = 3600.0

_OK: Final = Verdict(Reason.OK, "ZenRows accepts the key", rule="200 plan", source=_USAGE)
_USED_UP: Final = Verdict(
    Reason.OK,
    "ZenRows accepts the key; its plan is used up to the full, so requests may be refused until it is topped up",
    rule="200 plan, usage_percent at 100",
    source=_USAGE,
)
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "ZenRows refuses the key; copy it again from its dashboard",
    rule="401 AUTH002 or AUTH003",
    source=_CODES,
)
_BLOCKED: Final = Verdict(
    Reason.BLOCKED,
    "ZenRows has blocked this host's address for a while; look for who sends it faulty requests from here",
    rule="403 BLK0001",
    source="docs.zenrows.com/universal-scraper-api/troubleshooting/ip-address-blocked",
)
_NO_CREDIT: Final = Verdict(
    Reason.QUOTA_EXHAUSTED,
    "the ZenRows plan is used up; top up, upgrade, or wait for the next period",
    rule="402 AUTH004",
    source=_CODES,
)
_NO_SUBSCRIPTION: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "the ZenRows account has no active subscription; renew it in the dashboard",
    rule="402 AUTH011",
    source=_CODES,
)


def _converse(fields: Fields, context: Context) -> Conversation:
    headers: dict[str, Sent] = {"X-API-Key": fields["apiKey"], "Accept": "application/json"}
    answered = yield _DETAILS.ask(headers)
    verdict = judge(answered, _documented)
    if verdict is _REFUSED:
        return replace(verdict, again_at=context.now + _RESTS_S)
    return replace(verdict, expires_at=_end(answered, context.now)) if verdict.reason is Reason.OK else verdict


def _end(answered: Answered, now: float) -> float | None:
    """When the period that is paid for ends."""
    body = json_object(answered) if isinstance(answered, Reply) else None
    ends_at = instant(text_at(body, "period_ends_at"))
    return ends_at if ends_at is not None and ends_at > now else None


def _documented(status: int, body: Body) -> Verdict | None:
    match status, text_at(body, "code"):
        case 200, "" if object_at(body, "plan") is not None:
            return _USED_UP if (number_at(body, "usage_percent") or 0.0) >= _ALL_OF_IT else _OK
        case 401, "AUTH002" | "AUTH003":
            return _REFUSED
        case 402, "AUTH004":
            return _NO_CREDIT
        case 402, "AUTH011":
            return _NO_SUBSCRIPTION
        case 403, "BLK0001":
            return _BLOCKED
        case _:
            return None


PROVIDER: Final = Provider(
    "zenrows",
    (
        Field("apiKey", ("ZENROWS_API_KEY",)),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
    _converse,
    endpoints=(_DETAILS,),
)
