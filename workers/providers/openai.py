"""OpenAI: an API key, proved by the list of models it may see.

Probe     GET /v1/models ("List models", API reference). Read-only, free, no tokens; it does not show an empty
          credit. The stored organization goes along: the backend uses the key with it.
Limits    requests a minute by usage tier ("Rate limits"); one per check is far below the smallest.

Answers a verdict rests on ("Error codes", developers.openai.com/docs/guides/error-codes; codes of the bodies
from live answers, several each)
  200 data                       ok
  401 invalid_api_key            "Incorrect API key provided"; its text echoes the key, so none is repeated
  401, 403 "Missing scopes"      "Invalid Authentication": a key without the permissions for the endpoint
  401 ip_not_authorized          "IP not authorized": this host is not on the tenant's list
  403 unsupported_country_…      "Country, region, or territory not supported": this host's address
  429 insufficient_quota         "You exceeded your current quota"; error.code credit_balance_exhausted and the
          three *_limit_exceeded of spend and usage come with the same type
  429 other                      "Rate limit reached for requests"
Unverified, hence unrecognised: 401 about the organization (the key may be good), any other 401 or 403.
"""

from typing import Final

from workers.provider import Context, Conversation, Field, Fields, Provider, Request
from workers.secret import Secret
from workers.verdict import Body, Verdict, judge, text_at, value_at
from workers.wire import Reason

_MODELS: Final = "https://api.openai.com/v1/models"
_QUOTA: Final = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "project_spend_limit_exceeded",
    }
)

_OK: Final = Verdict(Reason.OK, "OpenAI accepts the key")
_REFUSED: Final = Verdict(Reason.INVALID_CREDENTIAL, "OpenAI refuses the key; create a new one in its dashboard")
_RESTRICTED: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE, "the key is valid but may not list models; allow reading models in its settings"
)
_NOT_FROM_HERE: Final = Verdict(
    Reason.BLOCKED, "OpenAI does not take the key from this host; add its address to the project's allowlist"
)
_NOT_FROM_THIS_COUNTRY: Final = Verdict(
    Reason.BLOCKED, "OpenAI does not serve the country of this host's address; give it another way out"
)
_NO_CREDIT: Final = Verdict(
    Reason.QUOTA_EXHAUSTED, "the OpenAI account has no credit or is at its limit; top up or raise the limit"
)


def _converse(fields: Fields, _context: Context) -> Conversation:
    headers: dict[str, Secret | str] = {
        "Authorization": Secret(f"Bearer {fields['apiKey'].reveal()}"),
        "Accept": "application/json",
    }
    if "organization" in fields:
        headers["OpenAI-Organization"] = fields["organization"]
    return judge((yield Request("GET", _MODELS, headers)), _documented)


def _documented(status: int, body: Body) -> Verdict | None:
    code = text_at(body, "error", "code")
    match status:
        case 200 if isinstance(value_at(body, "data"), list):
            return _OK
        case 401 if code == "invalid_api_key":
            return _REFUSED
        case 401 | 403 if "Missing scopes:" in text_at(body, "error", "message"):
            return _RESTRICTED
        case 401 if code == "ip_not_authorized":
            return _NOT_FROM_HERE
        case 403 if code == "unsupported_country_region_territory":
            return _NOT_FROM_THIS_COUNTRY
        case 429 if code in _QUOTA or text_at(body, "error", "type") in _QUOTA:
            return _NO_CREDIT
        case _:
            return None


PROVIDER: Final = Provider(
    "openai",
    (Field("apiKey"), Field("organization", required=False), Field("model", required=False)),
    _converse,
)
