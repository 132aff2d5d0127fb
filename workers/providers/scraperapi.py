"""ScraperAPI: an API key, proved by the figures of its account.

Probe     GET /account ("Account Information", docs.scraperapi.com/account-information) with the key in the query, the
          only place it is taken in. Read-only; credits are charged for scrapes alone ("API Status Codes").
Limits    none published for this call; its figures "only refresh once every 15 seconds": four a minute, four at once.

Answers a verdict rests on (docs.scraperapi.com; the shapes from live answers, scholarly-python-package/scholarly 356)
  200 requestCount, requestLimit   ok, "Account Information". A count at its limit does not prove the key dead: plans
          may go on beyond it, and the limit told here was seen behind the real one (the same issue). It is said in
          words; the refusal itself ("You have used up all your API credits", 403) comes to scrapes alone.
  401 "Unauthorized request, please make sure your API key is valid."   not JSON; the text of this very call in
          public collections of live answers, the status in programs that read its balance
  429                              "exceeding your concurrency limit": "API Status Codes"
Unverified, hence unrecognised: any other 401, any 403.
"""

from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider
from workers.verdict import Answered, Body, Reply, Verdict, judge, number_at, value_at
from workers.wire import Reason

_GUIDE: Final = "docs.scraperapi.com/account-information"

_ACCOUNT: Final = Endpoint(
    "GET",
    "https://api.scraperapi.com/account",
    f"reads the account's figures; scrapes alone are charged ({_GUIDE}; docs.scraperapi.com, API Status Codes)",
    Budget("account", per=15.0, burst=4, by=("apiKey",), source=f"{_GUIDE}: refreshed each 15 seconds"),
)
_REFUSAL: Final = b"please make sure your API key is valid"
_UNAUTHORISED: Final = 401

_OK: Final = Verdict(Reason.OK, "ScraperAPI accepts the key", rule="200 requestCount, requestLimit", source=_GUIDE)
_USED_UP: Final = Verdict(
    Reason.OK,
    "ScraperAPI accepts the key; its account has used as many credits as its plan holds, so scrapes may be refused",
    rule="200 requestCount at requestLimit",
    source=_GUIDE,
)
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "ScraperAPI refuses the key; copy it again from its dashboard",
    rule="401 Unauthorized request",
    source="live answers to /account in public collections of key checks",
)


def _converse(fields: Fields, _context: Context) -> Conversation:
    answered = yield _ACCOUNT.ask({"Accept": "application/json"}, query={"api_key": fields["apiKey"]})
    return _REFUSED if _is_refusal(answered) else judge(answered, _documented)


def _is_refusal(answered: Answered) -> bool:
    return isinstance(answered, Reply) and answered.status == _UNAUTHORISED and _REFUSAL in answered.body


def _documented(status: int, body: Body) -> Verdict | None:
    used, limit = number_at(body, "requestCount"), _limit(body)
    if status != 200 or used is None or limit is None:  # noqa: PLR2004
        return None
    return _USED_UP if used >= limit else _OK


def _limit(body: Body) -> float | None:
    """It has been seen as a number and as a text of digits."""
    value = value_at(body, "requestLimit")
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return float(value[:12])
    return number_at(body, "requestLimit")


PROVIDER: Final = Provider(
    "scraperapi",
    (
        Field("apiKey", ("SCRAPERAPI_KEY", "SCRAPER_API_KEY")),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
    _converse,
    endpoints=(_ACCOUNT,),
)
