"""SerpApi: an API key, proved by the figures of its account.

Probe     GET /account.json ("Account API", serpapi.com/account-api) with the key in the query, the only place it is
          taken in: "free of charge, and using it will not be counted toward your monthly quota".
Limits    none published for this call; an account's hourly throughput is for searches ("Status and Error Codes").
Ends      never on its own: plan_renewal_date is when the plan is renewed, not when the key ends.

Answers a verdict rests on (serpapi.com/account-api and serpapi.com/api-status-and-error-codes)
  200 account_id, account_status "Active"   ok
  200 total_searches_left 0                 no search is left: "searches left", and the same page's 429
  401 "Invalid API key"                     "No valid API key provided", with this text as its sample
  403 any                                   "usually happens if the account has been deleted": usually is no proof
  429                                       the hourly throughput or the searches: not told apart
Unverified, hence unrecognised: any other account_status, any other 401.
The answer repeats the key and the account's address; no word of it is ever repeated.
"""

from typing import Final

from workers.provider import Context, Conversation, Endpoint, Field, Fields, Provider
from workers.verdict import Body, Verdict, judge, number_at, text_at
from workers.wire import Reason

_GUIDE: Final = "serpapi.com/account-api"
_ERRORS: Final = "serpapi.com/api-status-and-error-codes"

_ACCOUNT: Final = Endpoint(
    "GET",
    "https://serpapi.com/account.json",
    f"reads the account's figures, free of charge and not counted as a search ({_GUIDE})",
)

_OK: Final = Verdict(Reason.OK, "SerpApi accepts the key", rule="200 account_status Active", source=_GUIDE)
_USED_UP: Final = Verdict(
    Reason.QUOTA_EXHAUSTED,
    "SerpApi accepts the key, but its account has no search left; upgrade the plan or wait for its renewal",
    rule="200 total_searches_left 0",
    source=_GUIDE,
)
_NOT_ACTIVE: Final = Verdict(
    Reason.UNRECOGNISED, "SerpApi knows the key, but does not call its account active; look at it in the dashboard"
)
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "SerpApi refuses the key; copy it again from its dashboard",
    rule='401 "Invalid API key"',
    source=_ERRORS,
)
_FORBIDDEN: Final = Verdict(
    Reason.UNRECOGNISED,
    "SerpApi forbids it without a certain reason; see in the dashboard whether the account still exists",
    rule="403 error",
    source=_ERRORS,
)


def _converse(fields: Fields, _context: Context) -> Conversation:
    return judge((yield _ACCOUNT.ask({"Accept": "application/json"}, query={"api_key": fields["apiKey"]})), _documented)


def _documented(status: int, body: Body) -> Verdict | None:
    match status:
        case 200 if text_at(body, "account_id"):
            return _of_account(body)
        case 401 if text_at(body, "error").startswith("Invalid API key"):
            return _REFUSED
        case 403 if text_at(body, "error"):
            return _FORBIDDEN
        case _:
            return None


def _of_account(body: Body) -> Verdict | None:
    match text_at(body, "account_status"), number_at(body, "total_searches_left"):
        case "", _:
            return None
        case "Active", left if left is not None and left <= 0:
            return _USED_UP
        case "Active", _:
            return _OK
        case _:
            return _NOT_ACTIVE


PROVIDER: Final = Provider(
    "serpapi",
    (
        Field("apiKey", ("SERP_API_KEY", "GOOGLE_TRENDS_API_KEY")),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
    _converse,
    endpoints=(_ACCOUNT,),
)
