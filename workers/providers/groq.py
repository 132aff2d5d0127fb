"""Groq: an API key, proved by the list of models it may see.

Probe     GET /openai/v1/models ("List models", API reference). Read-only, free, no tokens.
Limits    requests a minute and a day per organization ("Rate limits", console.groq.com/docs/rate-limits).

Answers a verdict rests on ("API error codes and responses", console.groq.com/docs/errors)
  200 data                 ok
  401 invalid_api_key      "ensure the api key is valid"; the code is in live answers (ag5826000/resume-commentor 4)
  429                      "Too many requests"
  498                      "Flex tier capacity exceeded" ("Flex processing"): the provider's, not the key's
Unverified, hence unrecognised: 403 ("permission restrictions", but also Cloudflare and restricted organizations)
and organization_restricted at any status.
"""

from typing import Final

from workers.provider import Context, Conversation, Field, Fields, Provider, Request
from workers.secret import Secret
from workers.verdict import Body, Verdict, judge, text_at, value_at
from workers.wire import Reason

_MODELS: Final = "https://api.groq.com/openai/v1/models"

_OK: Final = Verdict(Reason.OK, "Groq accepts the key")
_REFUSED: Final = Verdict(Reason.INVALID_CREDENTIAL, "Groq refuses the key; create a new one in its console")
_BUSY: Final = Verdict(Reason.RATE_LIMITED, "Groq is at its capacity; it is asked again later")


def _converse(fields: Fields, _context: Context) -> Conversation:
    key = Secret(f"Bearer {fields['apiKey'].reveal()}")
    headers: dict[str, Secret | str] = {"Authorization": key, "Accept": "application/json"}
    return judge((yield Request("GET", _MODELS, headers)), _documented)


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
)
