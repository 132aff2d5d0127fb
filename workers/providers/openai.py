"""OpenAI: an API key, proved by the list of models it may see.

Probe     GET /v1/models ("List models", API reference). Read-only, free, no tokens; it does not show an empty
          credit. The stored organization goes along: the backend uses the key with it.
Limits    requests a minute by usage tier, counted by organization and project ("Rate limits",
          developers.openai.com/api/docs/guides/rate-limits); none is published for this list: three a minute are
          ours. The headers x-ratelimit-remaining-requests and Retry-After are heeded.

Answers a verdict rests on ("Error codes", developers.openai.com/docs/guides/error-codes; codes of the bodies
from live answers, several each)
  200 data                       ok
  401 invalid_api_key            "Incorrect API key provided"; its text echoes the key, so none is repeated
  401 account_deactivated        the account is shut; live, several each way (nat/openplayground 143)
  401, 403 "Missing scopes"      "Invalid Authentication": a key without the permissions for the endpoint
  401 ip_not_authorized          "IP not authorized": this host is not on the tenant's list
  403 unsupported_country_…      "Country, region, or territory not supported": this host's address
  429 insufficient_quota         "You exceeded your current quota"; error.code credit_balance_exhausted and the
          three *_limit_exceeded of spend and usage come with the same type
  429 billing_not_active         "Your account is not active, please check your billing details": live, several
          (lifan0127/ai-research-assistant 174)
  429 other                      "Rate limit reached for requests"
Unverified, hence unrecognised: 401 about the organization (the key may be good), any other 401 or 403.
"""

from types import MappingProxyType
from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Sent
from workers.secret import Secret
from workers.verdict import Body, Verdict, judge, text_at, value_at
from workers.wire import Reason

_CODES: Final = "developers.openai.com/api/docs/guides/error-codes"
_LIVE: Final = "live answers, microsoft/PowerToys 32989 and others"

_MODELS: Final = Endpoint(
    "GET",
    "https://api.openai.com/v1/models",
    "lists models; only tokens are billed (API reference, List models; openai.com/api/pricing)",
    Budget(
        "requests",
        per=20.0,
        burst=3,
        by=("apiKey", "organization"),
        source="developers.openai.com/api/docs/guides/rate-limits",
        remaining="x-ratelimit-remaining-requests",
    ),
)
_QUOTA: Final = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "project_spend_limit_exceeded",
    }
)

_OK: Final = Verdict(Reason.OK, "OpenAI accepts the key", rule="200 data", source="OpenAI API reference, List models")
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "OpenAI refuses the key; create a new one in its dashboard",
    rule="401 code invalid_api_key",
    source=_CODES,
)
_DEACTIVATED: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "OpenAI has deactivated the account of the key; its owner has a mail about it, or asks its help center",
    rule="401 code account_deactivated",
    source="live answers, nat/openplayground 143 and others",
)
_UNPAID: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "the OpenAI account is not active for want of billing; settle that in its billing settings",
    rule="429 code billing_not_active",
    source="live answers, lifan0127/ai-research-assistant 174 and others",
)
_RESTRICTED: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "the key is valid but may not list models; allow reading models in its settings",
    rule="401 or 403 Missing scopes",
    source=_LIVE,
)
_NOT_FROM_HERE: Final = Verdict(
    Reason.BLOCKED,
    "OpenAI does not take the key from this host; add its address to the project's allowlist",
    rule="401 code ip_not_authorized",
    source=_CODES,
)
_NOT_FROM_THIS_COUNTRY: Final = Verdict(
    Reason.BLOCKED,
    "OpenAI does not serve the country of this host's address; give it another way out",
    rule="403 code unsupported_country_region_territory",
    source=_CODES,
)
_NO_CREDIT: Final = Verdict(
    Reason.QUOTA_EXHAUSTED,
    "the OpenAI account has no credit or is at its limit; top up or raise the limit",
    rule="429 insufficient_quota or a limit of spend",
    source=_CODES,
)


def _converse(fields: Fields, _context: Context) -> Conversation:
    headers: dict[str, Sent] = {
        "Authorization": Secret(f"Bearer {fields['apiKey'].reveal()}"),
        "Accept": "application/json",
    }
    if "organization" in fields:
        headers["OpenAI-Organization"] = fields["organization"]
    return judge((yield _MODELS.ask(headers)), _documented)


_BY_CODE: Final = MappingProxyType(
    {
        (401, "invalid_api_key"): _REFUSED,
        (401, "account_deactivated"): _DEACTIVATED,
        (401, "ip_not_authorized"): _NOT_FROM_HERE,
        (403, "unsupported_country_region_territory"): _NOT_FROM_THIS_COUNTRY,
        (429, "billing_not_active"): _UNPAID,
    }
)


def _documented(status: int, body: Body) -> Verdict | None:
    code = text_at(body, "error", "code")
    match status:
        case 200 if isinstance(value_at(body, "data"), list):
            return _OK
        case 401 | 403 if "Missing scopes:" in text_at(body, "error", "message"):
            return _RESTRICTED
        case 429 if code in _QUOTA or text_at(body, "error", "type") in _QUOTA:
            return _NO_CREDIT
        case _:
            return _BY_CODE.get((status, code))


PROVIDER: Final = Provider(
    "openai",
    (Field("apiKey"), Field("organization", required=False), Field("model", required=False)),
    _converse,
    endpoints=(_MODELS,),
)
