"""2Captcha: an API key, proved by the balance of its account.

Probe     POST /getBalance {"clientKey": key} (2captcha.com/api-docs/get-balance). It reads and is free: tasks alone are
          charged. The key is in the body, the only place that the method takes it in.
Limits    none published for this method; its sibling of the same protocol asks for at most one call in 30 seconds
          (anti-captcha.com/apidoc/methods/getBalance), which is kept to. Accounts and addresses that repeat a request
          that fails are blocked (2captcha.com/api-docs/limits; anti-captcha.com/apidoc/errors): once a key is unknown
          it is not asked for again until it changes, and the answer holds for whoever stores the same key.

Answers a verdict rests on (2captcha.com/api-docs/error-codes; HTTP 200 always, the verdict is in the body)
  errorId 0, balance                    ok; a balance that is used up is what ERROR_ZERO_BALANCE says to every task
  errorId 1 ERROR_KEY_DOES_NOT_EXIST    "Your API key is incorrect"
  errorId 10 ERROR_ZERO_BALANCE         "You don't have funds on your account"
  errorId 11 ERROR_IP_NOT_ALLOWED       this host's address is not on the account's list
  errorId 21 ERROR_IP_BLOCKED           this host's address is banned
  errorId 55 ERROR_ACCOUNT_SUSPENDED    "Your API access was blocked for improper use of the API"
Unverified, hence unrecognised: any other errorCode, and any other status.
"""

import json
from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider
from workers.secret import Secret
from workers.verdict import Body, Failure, Trouble, Verdict, judge, number_at, text_at
from workers.wire import MAX_INSTANT, Reason

_CODES: Final = "2captcha.com/api-docs/error-codes"

_BALANCE: Final = Endpoint(
    "POST",
    "https://api.2captcha.com/getBalance",
    "returns the balance and changes nothing; tasks alone are charged (2captcha.com/api-docs/get-balance)",
    Budget("balance", per=30.0, burst=1, by=("apiKey",), source="anti-captcha.com/apidoc/methods/getBalance"),
)

_OK: Final = Verdict(
    Reason.OK,
    "2Captcha accepts the key and its account has funds",
    rule="200 errorId 0, balance",
    source="2captcha.com/api-docs/get-balance",
)
_NO_FUNDS_LEFT: Final = Verdict(
    Reason.QUOTA_EXHAUSTED,
    "the 2Captcha account has no funds; top it up",
    rule="200 errorId 0, balance 0",
    source=f"2captcha.com/api-docs/get-balance; {_CODES}, ERROR_ZERO_BALANCE",
)
_NO_FUNDS: Final = Verdict(
    Reason.QUOTA_EXHAUSTED,
    "the 2Captcha account has no funds; top it up",
    rule="200 errorId 10 ERROR_ZERO_BALANCE",
    source=_CODES,
)
_UNKNOWN: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "2Captcha does not know the key; copy it again from its dashboard (it is not asked again until it changes)",
    rule="200 errorId 1 ERROR_KEY_DOES_NOT_EXIST",
    source=_CODES,
    for_good=True,
)
_SAID_BEFORE: Final = Failure(Trouble.BUDGET, MAX_INSTANT)  # of this very key, whoever stored it then
_NOT_FROM_HERE: Final = Verdict(
    Reason.BLOCKED,
    "2Captcha does not take the key from this host; add its address to the account's trusted ones",
    rule="200 errorId 11 ERROR_IP_NOT_ALLOWED",
    source=_CODES,
)
_SUSPENDED: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "2Captcha has blocked the account's access for improper use; write to its support",
    rule="200 errorId 55 ERROR_ACCOUNT_SUSPENDED",
    source=_CODES,
)
_BANNED: Final = Verdict(
    Reason.BLOCKED,
    "2Captcha has banned this host's address; look for who asks too often from it, or give it another way out",
    rule="200 errorId 21 ERROR_IP_BLOCKED",
    source=_CODES,
)


def _converse(fields: Fields, _context: Context) -> Conversation:
    body = Secret(json.dumps({"clientKey": fields["apiKey"].reveal()}))
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    answered = yield _BALANCE.ask(headers, body=body)
    if answered == _SAID_BEFORE:
        return _UNKNOWN
    return judge(answered, _documented)


def _documented(status: int, body: Body) -> Verdict | None:
    if status != 200:  # noqa: PLR2004
        return None
    match text_at(body, "errorCode"):
        case "ERROR_KEY_DOES_NOT_EXIST":
            return _UNKNOWN
        case "ERROR_ZERO_BALANCE":
            return _NO_FUNDS
        case "ERROR_IP_NOT_ALLOWED":
            return _NOT_FROM_HERE
        case "ERROR_IP_BLOCKED":
            return _BANNED
        case "ERROR_ACCOUNT_SUSPENDED":
            return _SUSPENDED
        case "" if number_at(body, "errorId") == 0:
            balance = number_at(body, "balance")
            return None if balance is None else _OK if balance > 0 else _NO_FUNDS_LEFT
        case _:
            return None


PROVIDER: Final = Provider(
    "2captcha",
    (
        Field("apiKey", ("CAPTCHA_2CAPTCHA_KEY", "TWO_CAPTCHA_API_KEY", "2CAPTCHA_API_KEY")),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
    _converse,
    endpoints=(_BALANCE,),
)
