"""Gemini: an API key of Google, proved by the list of models it may see.

Probe     GET /v1beta/models?pageSize=1 ("models.list", ai.google.dev/api/models). Read-only, free, no tokens. The key
          goes in the header x-goog-api-key, as the documentation's own examples have it, never in the query.
Limits    requests a minute by model and project (ai.google.dev/gemini-api/docs/rate-limits); none is published for
          this list: five a minute are ours. Google names no header for what is left.

Answers a verdict rests on (ai.google.dev/gemini-api/docs/troubleshooting; the reasons in error.details are
google.api.ErrorReason, googleapis/googleapis google/api/error_reason.proto; 400 beside 403 from live answers)
  200 models                          ok
  400 API_KEY_INVALID                 "API key not valid", or with the text "API key expired": Google tells them
          apart by the text alone (google-gemini/gemini-cli 4430, simonw/llm 1213)
  402 RESOURCE_EXHAUSTED              "Your Prepay credit balance is depleted, so every API key linked to that billing
          account stops working" (ai.google.dev/gemini-api/docs/generate-content/api-errors); with 429 by its text
          alone, "Your prepayment credits are depleted" (dyad-sh/dyad 3626)
  403 "reported as leaked"            Google has blocked a key that was found in public (continuedev/continue 11541)
  403 CONSUMER_SUSPENDED              the project is suspended (google/generative-ai-docs 356)
  403 BILLING_DISABLED                its billing is
  403 SERVICE_DISABLED                the key is good; its project has the Gemini API not enabled
  403 API_KEY_SERVICE_BLOCKED         the key is good; its restrictions leave this API out
  403 API_KEY_…_BLOCKED               address, referrer, app: its restrictions leave this host out
  400 FAILED_PRECONDITION             "not available in your country": this host's address
  429 RESOURCE_EXHAUSTED              "You've exceeded the rate limit"
Unverified, hence unrecognised: any other 400 or 403.
"""

from types import MappingProxyType
from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Sent
from workers.verdict import Body, Verdict, judge, text_at, value_at
from workers.wire import Reason

_GUIDE: Final = "ai.google.dev/gemini-api/docs/troubleshooting"
_REASONS: Final = "google.api.ErrorReason, googleapis/googleapis google/api/error_reason.proto"

_MODELS: Final = Endpoint(
    "GET",
    "https://generativelanguage.googleapis.com/v1beta/models",
    "lists models; only tokens are billed (ai.google.dev/api/models; ai.google.dev/gemini-api/docs/pricing)",
    Budget("requests", per=12.0, burst=5, by=("apiKey",), source="ai.google.dev/gemini-api/docs/rate-limits"),
)

_OK: Final = Verdict(Reason.OK, "Gemini accepts the key", rule="200 models", source="ai.google.dev/api/models")
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Gemini refuses the key; create a new one in Google AI Studio",
    rule="400 reason API_KEY_INVALID",
    source=_REASONS,
)
_EXPIRED: Final = Verdict(
    Reason.EXPIRED,
    "the key has expired; create a new one in Google AI Studio",
    rule="400 reason API_KEY_INVALID, API key expired",
    source="live answers, google-gemini/gemini-cli 4430 and others",
)
_LEAKED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Google has blocked the key because it was found in public; create a new one and keep it secret",
    rule="403 reported as leaked",
    source=f"{_GUIDE}; live answers, continuedev/continue 11541 and others",
)
_NO_CREDIT: Final = Verdict(
    Reason.QUOTA_EXHAUSTED,
    "the prepaid credit of the key's billing account is used up; add credit in Google AI Studio",
    rule="402 RESOURCE_EXHAUSTED",
    source="ai.google.dev/gemini-api/docs/generate-content/api-errors; live answers, dyad-sh/dyad 3626",
)
_LOCATION: Final = Verdict(
    Reason.BLOCKED,
    "Gemini does not serve the place of this host's address; give it another way out",
    rule="400 FAILED_PRECONDITION location",
    source=f"{_GUIDE}; live answers, google-gemini/gemini-cli 1993 and others",
)
_NOT_FROM_HERE: Final = "the key's restrictions do not admit this host; add its address to them in Google Cloud"
_FORBIDDEN: Final = MappingProxyType(
    {
        reason: Verdict(kind, message, rule=f"403 reason {reason}", source=_REASONS)
        for reason, kind, message in (
            (
                "SERVICE_DISABLED",
                Reason.INSUFFICIENT_SCOPE,
                "the key is valid but its project has the Gemini API not enabled; enable it in Google Cloud",
            ),
            (
                "API_KEY_SERVICE_BLOCKED",
                Reason.INSUFFICIENT_SCOPE,
                "the key is valid but its restrictions leave the Gemini API out; add it to them in Google Cloud",
            ),
            (
                "CONSUMER_SUSPENDED",
                Reason.ACCOUNT_RESTRICTED,
                "Google has suspended the key's project; see the notice in Google Cloud and appeal there",
            ),
            (
                "BILLING_DISABLED",
                Reason.ACCOUNT_RESTRICTED,
                "billing is disabled in the key's project; enable it in Google Cloud",
            ),
            ("API_KEY_IP_ADDRESS_BLOCKED", Reason.BLOCKED, _NOT_FROM_HERE),
            ("API_KEY_HTTP_REFERRER_BLOCKED", Reason.BLOCKED, _NOT_FROM_HERE),
            ("API_KEY_ANDROID_APP_BLOCKED", Reason.BLOCKED, _NOT_FROM_HERE),
            ("API_KEY_IOS_APP_BLOCKED", Reason.BLOCKED, _NOT_FROM_HERE),
        )
    }
)


def _converse(fields: Fields, _context: Context) -> Conversation:
    headers: dict[str, Sent] = {"x-goog-api-key": fields["apiKey"], "Accept": "application/json"}
    return judge((yield _MODELS.ask(headers, query={"pageSize": "1"})), _documented)


def _documented(status: int, body: Body) -> Verdict | None:
    message = text_at(body, "error", "message")
    match status, text_at(body, "error", "status"), _reason(body):
        case 200, _, _ if isinstance(value_at(body, "models"), list):
            return _OK
        case 400, _, "API_KEY_INVALID":
            return _EXPIRED if message.startswith("API key expired") else _REFUSED
        case 400, "FAILED_PRECONDITION", _ if message.startswith("User location is not supported"):
            return _LOCATION
        case 402, "RESOURCE_EXHAUSTED", _:
            return _NO_CREDIT
        case 429, "RESOURCE_EXHAUSTED", _ if message.startswith("Your prepayment credits are depleted"):
            return _NO_CREDIT
        case 403, "PERMISSION_DENIED", "" if "reported as leaked" in message:
            return _LEAKED
        case 403, _, reason:
            return _FORBIDDEN.get(reason)
        case _:
            return None


def _reason(body: Body) -> str:
    """The reason of Google's own ErrorInfo among the details."""
    details = value_at(body, "error", "details")
    for detail in details if isinstance(details, list) else ():
        if text_at(detail, "domain") == "googleapis.com":
            return text_at(detail, "reason")
    return ""


PROVIDER: Final = Provider(
    "gemini",
    (
        Field("apiKey"),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
    _converse,
    endpoints=(_MODELS,),
)
