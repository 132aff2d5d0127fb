"""Slack, by an incoming webhook or a bot: one of the two must be stored; a bot's token is proved by auth.test.

Probe     POST /api/auth.test with the token ("auth.test", docs.slack.dev/reference/methods/auth.test). No scope needed;
          it changes nothing and is free. A webhook takes nothing but messages ("Sending messages using incoming
          webhooks"): a row that stores no more than one is not asked about.
Limits    "hundreds of requests per minute" (same page), by app and workspace; 429 has Retry-After ("Rate limits").

Answers a verdict rests on (the method's own table and Slack's common errors; HTTP 200 always, but for 429)
  ok true                  ok
  token_revoked            "for a deleted user or workspace or the app has been removed"
  account_inactive         "for a deleted user or workspace"
  invalid_auth             "Standard failure response when used with an invalid token"; it may also be an address that
          the app's own list leaves out, so the message names both
  token_expired            "Authentication token has expired"
  accesslimited            "limited on the current network": this host's
  internal_error, fatal_error, service_unavailable, request_timeout   Slack's own trouble
  org_login_required, team_added_to_org   the workspace is "undergoing migration": Slack's, too
  ratelimited, 429         too many
Unverified, hence unrecognised: any other error, not_authed and not_allowed_token_type among them.
"""

from typing import Final

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Sent
from workers.secret import Secret
from workers.verdict import Body, Verdict, judge, text_at, truth_at
from workers.wire import Reason

_METHOD: Final = "docs.slack.dev/reference/methods/auth.test"

_TEST: Final = Endpoint(
    "POST",
    "https://slack.com/api/auth.test",
    f"tells whom a token belongs to and changes nothing; the Web API is free ({_METHOD})",
    Budget("auth.test", per=0.6, burst=10, by=("botToken",), source=f"{_METHOD}: hundreds of requests per minute"),
)

_NEITHER: Final = Verdict(Reason.MISSING_FIELDS, "neither webhookUrl nor botToken is stored; save one of them")
_WEBHOOK: Final = Verdict(
    Reason.VALID_UNPROBED, "a webhook is stored; it takes nothing but messages, so it is not asked anything"
)
_OK: Final = Verdict(Reason.OK, "Slack accepts the token", rule="200 ok true", source=_METHOD)
_BUSY: Final = Verdict(
    Reason.RATE_LIMITED,
    "Slack asks for fewer requests; it is asked again later",
    rule="200 ratelimited",
    source="docs.slack.dev/apis/web-api/rate-limits",
)


def _error(code: str, reason: Reason, message: str) -> tuple[str, Verdict]:
    return code, Verdict(reason, message, rule=f"200 {code}", source=_METHOD)


_GONE: Final = "the token's user, workspace or app is gone; install the app again and store its new token"
_TROUBLE: Final = "Slack reports a trouble of its own"
_MOVING: Final = "Slack is moving the workspace to an organization; it is back when that is done"
_ERRORS: Final = dict(
    (
        _error("token_revoked", Reason.INVALID_CREDENTIAL, _GONE),
        _error("account_inactive", Reason.INVALID_CREDENTIAL, _GONE),
        _error(
            "invalid_auth",
            Reason.INVALID_CREDENTIAL,
            "Slack refuses the token; store the current one, or if the app lists its addresses, add this host's",
        ),
        _error("token_expired", Reason.EXPIRED, "the token has expired; let the app rotate it and store the new one"),
        _error(
            "accesslimited",
            Reason.BLOCKED,
            "Slack does not serve this method in this host's network; give it another way out",
        ),
        _error("internal_error", Reason.PROVIDER_ERROR, _TROUBLE),
        _error("fatal_error", Reason.PROVIDER_ERROR, _TROUBLE),
        _error("service_unavailable", Reason.PROVIDER_ERROR, _TROUBLE),
        _error("request_timeout", Reason.PROVIDER_ERROR, _TROUBLE),
        _error("org_login_required", Reason.PROVIDER_ERROR, _MOVING),
        _error("team_added_to_org", Reason.PROVIDER_ERROR, _MOVING),
        ("ratelimited", _BUSY),
    )
)


def _validate(fields: Fields, _context: Context) -> Verdict | None:
    return None if "webhookUrl" in fields or "botToken" in fields else _NEITHER


def _converse(fields: Fields, _context: Context) -> Conversation:
    if "botToken" not in fields:
        return _WEBHOOK
    headers: dict[str, Sent] = {
        "Authorization": Secret(f"Bearer {fields['botToken'].reveal()}"),
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return judge((yield _TEST.ask(headers, body=Secret(""))), _documented)


def _documented(status: int, body: Body) -> Verdict | None:
    if status != 200:  # noqa: PLR2004
        return None
    return _OK if truth_at(body, "ok") else _ERRORS.get(text_at(body, "error"))


PROVIDER: Final = Provider(
    "slack",
    (
        Field("webhookUrl", required=False),
        Field("botToken", required=False),
        Field("channel", required=False),
    ),
    _converse,
    _validate,
    endpoints=(_TEST,),
)
