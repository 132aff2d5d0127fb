"""Twilio: an account and its auth token, proved by the account's own resource.

Probe     GET /2010-04-01/Accounts/{accountSid}.json, Basic accountSid:authToken ("REST API: Accounts",
          twilio.com/docs/usage/api/account). Read-only, free; the account's sid is a name, no secret.
Limits    requests at the same time by account, no rate (errors/20429); ten at once and one a second are ours.
Sandbox   there is none; test credentials are of the same account and may read nothing: 20008.

Answers a verdict rests on (twilio.com/docs/api/errors/<code>, twilio.com/docs/usage/api/account)
  200 status active              ok
  200 status suspended, closed   the account
  401 20003                      "the wrong combination", "previous Auth Token has been deleted", and more that is the
          tenant's; also a proxy that strips credentials, which would show at every tenant
  403 20008                      test credentials, known as such
  401, 403 10001, 20005, 90010   "Account is not active": no funds, suspended, or a trial not begun. The pages name no
          status; those of Twilio's other refusals are taken
  403 20403                      "Typically this means the account has been suspended or closed"
  401, 403 70051                 account, key or permission, which it does not tell: unrecognised, in words
  429 20429                      too many requests at the same time
Unverified, hence unrecognised: any other code.
"""

from collections.abc import Mapping
from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Sent, basic
from workers.verdict import Body, Verdict, judge, number_at, text_at
from workers.wire import Reason

_GUIDE: Final = "twilio.com/docs/usage/api/account"

_ACCOUNT: Final = Endpoint(
    "GET",
    "https://api.twilio.com/2010-04-01/Accounts/{sid}.json",
    f"fetches the account resource; messages, calls and numbers are billed, reading is not ({_GUIDE})",
    Budget("requests", per=1.0, burst=10, by=("accountSid",), source="twilio.com/docs/api/errors/20429"),
)

_OK: Final = Verdict(Reason.OK, "Twilio accepts accountSid and authToken", rule="200 status active", source=_GUIDE)
_SUSPENDED: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "the credentials work but Twilio has stopped the account; see the notice in its console",
    rule="200 status suspended",
    source=_GUIDE,
)
_CLOSED: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "the credentials work but the account is closed; store those of another one",
    rule="200 status closed",
    source=_GUIDE,
)
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Twilio refuses accountSid and authToken; copy both again from its console, where the account must be active",
    rule="401 code 20003",
    source="twilio.com/docs/api/errors/20003",
)
_FORBIDDEN: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "Twilio has stopped or closed the account; write to its support",
    rule="403 code 20403",
    source="twilio.com/docs/api/errors/20403",
)
_NOT_ACTIVE: Final[Mapping[float | None, Verdict]] = {
    code: Verdict(
        Reason.ACCOUNT_RESTRICTED,
        "the Twilio account is not active; see in its console whether funds are used up or it is suspended",
        rule=f"code {code}",
        source=f"twilio.com/docs/api/errors/{code}",
    )
    for code in (10001, 20005, 90010)
}
_TEST_KEYS: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "these are test credentials, which reach nobody; store the live ones of the console",
    rule="403 code 20008",
    source="twilio.com/docs/api/errors/20008",
)
_TEST_KEYS_IN_SANDBOX: Final = Verdict(
    Reason.OK,
    "Twilio knows the test credentials",
    rule="403 code 20008, in a sandbox row",
    source="twilio.com/docs/api/errors/20008",
)
_NOT_TOLD_WHY: Final = Verdict(
    Reason.UNRECOGNISED,
    "Twilio does not authorise it and does not say why; look at the account's state and the key's permissions",
    rule="code 70051",
    source="twilio.com/docs/api/errors/70051",
)


def _converse(fields: Fields, context: Context) -> Conversation:
    sid = fields["accountSid"].reveal()
    headers: dict[str, Sent] = {
        "Authorization": basic(sid, fields["authToken"].reveal()),
        "Accept": "application/json",
    }
    verdict = judge((yield _ACCOUNT.ask(headers, sid=sid)), _documented)
    return _TEST_KEYS_IN_SANDBOX if verdict is _TEST_KEYS and context.environment == "sandbox" else verdict


def _documented(status: int, body: Body) -> Verdict | None:
    if status == 200:  # noqa: PLR2004
        return {"active": _OK, "suspended": _SUSPENDED, "closed": _CLOSED}.get(text_at(body, "status"))
    match status, number_at(body, "code"):
        case 401, 20003:
            return _REFUSED
        case 403, 20008:
            return _TEST_KEYS
        case 403, 20403:
            return _FORBIDDEN
        case 401 | 403, 70051:
            return _NOT_TOLD_WHY
        case 401 | 403, code:
            return _NOT_ACTIVE.get(code)
        case _:
            return None


PROVIDER: Final = Provider(
    "twilio",
    (
        Field("accountSid"),
        Field("authToken"),
        Field("phoneNumber"),
        Field("whatsappNumber", required=False),
    ),
    _converse,
    endpoints=(_ACCOUNT,),
)
