"""Stripe: a secret or restricted key, proved by the balance of its account.

Probe     GET /v1/balance ("Retrieve balance", docs.stripe.com/api/balance). Read-only, free. One host; the key's
          prefix is its mode (sk_live_, rk_live_ against sk_test_, rk_test_: docs.stripe.com/keys).
Limits    25 requests a second and endpoint in either mode, counted by account ("Rate limits",
          docs.stripe.com/rate-limits); a key belongs to one account. 429 may carry Retry-After.
Version   sent with the request: an account pinned to one before 2016-10-19 would get 401 instead of 403 for a
          restricted key ("Insufficient permissions throw 403 error", changelog).

Answers a verdict rests on (docs.stripe.com/api/errors, "HTTP status code summary"; the texts from live answers)
  200 object "balance"                  ok
  401 error.code api_key_expired        "Error codes"; stripe/stripe-cli 792
  401 "Invalid API Key provided"        "No valid API key provided"
  403 secret_key_required               "Error codes": a publishable key where the secret one is due; live with 403
          (SiimKirjanen/seatreg 97)
  401, 403 "… requests from your IP …"  the key's own list of addresses leaves this host out; live, in public programs
  403 "… the required permissions …"    "The API key doesn't have permissions to perform the request": it is valid
  429                                   "Too many requests hit the API too quickly"
Unverified, hence unrecognised: any other 401 or 403.
Stripe's texts echo the key, masked; none is ever repeated.
"""

from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Sent
from workers.secret import Secret
from workers.verdict import Body, Verdict, judge, text_at
from workers.wire import Reason

_VERSION: Final = "2024-06-20"
_ERRORS: Final = "docs.stripe.com/api/errors"

_BALANCE: Final = Endpoint(
    "GET",
    "https://api.stripe.com/v1/balance",
    "retrieves the balance; API requests are not billed (docs.stripe.com/api/balance)",
    Budget("reads", per=0.04, burst=25, by=("secretKey",), source="docs.stripe.com/rate-limits"),
)

_OK: Final = Verdict(
    Reason.OK, "Stripe accepts the secret key", rule="200 object balance", source="docs.stripe.com/api/balance"
)
_OTHER_MODE: Final = Verdict(
    Reason.OK,
    "Stripe accepts the secret key, which is not of the mode that the row's environment names",
    rule="200 object balance, prefix of the other mode",
    source="docs.stripe.com/keys",
)
_REFUSED: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Stripe refuses the secret key; create a new one in the dashboard",
    rule="401 Invalid API Key provided",
    source=_ERRORS,
)
_EXPIRED: Final = Verdict(
    Reason.EXPIRED,
    "the secret key has expired or was rolled; take the current one from the dashboard",
    rule="401 code api_key_expired",
    source="docs.stripe.com/error-codes; live answers, stripe/stripe-cli 792",
)
_PUBLISHABLE: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "what is stored as the secret key is a publishable one; take the secret key from the dashboard",
    rule="403 code secret_key_required",
    source="docs.stripe.com/error-codes; live answers, SiimKirjanen/seatreg 97",
)
_NOT_FROM_HERE: Final = Verdict(
    Reason.BLOCKED,
    "Stripe does not take the key from this host; add its address to those that the key admits",
    rule="401 or 403 requests from your IP address",
    source="live answers, as public programs match them",
)
_RESTRICTED: Final = Verdict(
    Reason.INSUFFICIENT_SCOPE,
    "the key is valid but may not read the balance; allow that in the dashboard",
    rule="403 required permissions",
    source=_ERRORS,
)


def _converse(fields: Fields, context: Context) -> Conversation:
    key = fields["secretKey"].reveal()
    headers: dict[str, Sent] = {
        "Authorization": Secret(f"Bearer {key}"),
        "Accept": "application/json",
        "Stripe-Version": _VERSION,
    }
    verdict = judge((yield _BALANCE.ask(headers)), _documented)
    mode = "_test_" if context.environment == "sandbox" else "_live_"
    return _OTHER_MODE if verdict is _OK and mode not in key else verdict


def _documented(status: int, body: Body) -> Verdict | None:
    message = text_at(body, "error", "message")
    match status, text_at(body, "error", "code"):
        case 200, "" if text_at(body, "object") == "balance":
            return _OK
        case 401, "api_key_expired":
            return _EXPIRED
        case 401, _ if message.startswith("Invalid API Key provided"):
            return _REFUSED
        case 403, "secret_key_required":
            return _PUBLISHABLE
        case 401 | 403, _ if message.startswith("The API key provided does not allow requests from your IP"):
            return _NOT_FROM_HERE
        case 403, _ if "required permissions" in message:
            return _RESTRICTED
        case _:
            return None


PROVIDER: Final = Provider(
    "stripe",
    (
        Field("publicKey"),
        Field("secretKey"),
        Field("webhookSecret", required=False),
        Field("sandbox", required=False),
    ),
    _converse,
    endpoints=(_BALANCE,),
)
