"""Groq: an API key, proved by the list of models it may see.

Probe     GET /openai/v1/models ("List models", API reference). Read-only, free, no tokens.
Limits    requests a minute and a day by organization and model ("Rate limits", console.groq.com/docs/rate-limits);
          none is published for this list, 30 a minute is the smallest of the free plan. The headers
          x-ratelimit-remaining-requests and Retry-After are heeded.

Answers a verdict rests on ("API error codes and responses", console.groq.com/docs/errors)
  200 data                 ok
  401 invalid_api_key      "ensure the api key is valid"; the code is in live answers (ag5826000/resume-commentor 4)
  429                      "Too many requests"
  498                      "Flex tier capacity exceeded" ("Flex processing"): the provider's, not the key's
Unverified, hence unrecognised: 403 ("permission restrictions", but also Cloudflare and restricted organizations)
and organization_restricted at any status.
"""

from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Sent
from workers.secret import Secret
from workers.verdict import Body, Verdict, judge, text_at, value_at
from workers.wire import Reason

_CODES: Final = "console.groq.com/docs/errors"

_MODELS: Final = Endpoint(
    "GET",
    "https://api.groq.com/openai/v1/models",
    "lists models; only tokens are billed (console.groq.com/docs/api-reference, List models; groq.com/pricing)",
    Budget(
        "requests",
        per=2.0,
        burst=30,
        by=("apiKey",),
        source="console.groq.com/docs/rate-limits",
        remaining="x-ratelimit-remaining-requests",
    ),
)

_OK: Final = Verdict(Reason.OK, "Groq accepts the key", rule="200 data", source="console.groq.com/docs/api-reference")
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Groq refuses the key; create a new one in its console",
    rule="401 code invalid_api_key",
    source=f"{_CODES}; live answers, ag5826000/resume-commentor 4",
)
_BUSY: Final = Verdict(
    Reason.RATE_LIMITED, "Groq is at its capacity; it is asked again later", rule="498", source=_CODES
)


def _converse(fields: Fields, _context: Context) -> Conversation:
    key = Secret(f"Bearer {fields['apiKey'].reveal()}")
    headers: dict[str, Sent] = {"Authorization": key, "Accept": "application/json"}
    return judge((yield _MODELS.ask(headers)), _documented)


def _documented(status: int, body: Body) -> Verdict | None:
    match status, text_at(body, "error", "code"):
        case 200, "" if isinstance(value_at(body, "data"), list):
            return _OK
        case 401, "invalid_api_key":
            return _REFUSED
        case 498, _:
            return _BUSY
        case _:
            return None


PROVIDER: Final = Provider(
    "groq",
    (
        Field("apiKey", ("GROQ_API_KEY",)),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
    _converse,
    endpoints=(_MODELS,),
)
