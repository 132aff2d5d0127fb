"""Answered → verdict: what holds for every provider, and the order in which evidence counts.

First what the provider documents about its JSON answers; then these rules; what is left is `unrecognised`,
never "invalid": a live credential called dead is worse than one not judged.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from workers.verdict.body import Body, json_object, truth_at
from workers.verdict.outcome import Answered, Failure, Reply, Trouble, Verdict
from workers.words import MAX_INSTANT, NO_NAME_SERVER, Reason

Documented = Callable[[int, Body], Verdict | None]
"""(status, JSON body) → the verdict that the provider's documentation gives this pair; None for any other."""

_TROUBLES: Final = MappingProxyType(
    {
        Trouble.RESOLVE: Verdict(Reason.UNREACHABLE, "the provider's name has no address"),
        Trouble.NAMES: Verdict(Reason.UNREACHABLE, NO_NAME_SERVER),
        Trouble.CONNECT: Verdict(Reason.UNREACHABLE, "the provider did not accept a connection"),
        Trouble.TLS: Verdict(Reason.UNREACHABLE, "no trusted TLS connection to the provider"),
        Trouble.TIMEOUT: Verdict(Reason.UNREACHABLE, "the provider did not answer in time"),
        Trouble.RESET: Verdict(Reason.UNREACHABLE, "the provider broke the connection off"),
        Trouble.MALFORMED: Verdict(Reason.PROVIDER_ERROR, "the provider's answer is not valid HTTP"),
        Trouble.TOO_LARGE: Verdict(Reason.PROVIDER_ERROR, "the provider's answer is larger than allowed"),
        Trouble.FORBIDDEN_ADDRESS: Verdict(
            Reason.BLOCKED, "the provider's name leads to a private address; probe.allow_private forbids it"
        ),
        Trouble.LOCAL: Verdict(
            Reason.BLOCKED, "this host lacks something of its own (descriptors, memory, ports); see its limits"
        ),
        Trouble.BAD_REQUEST: Verdict(Reason.CORRUPT, "a stored field cannot be sent in a request; save it again"),
    }
)
_CHALLENGED: Final = Verdict(
    Reason.BLOCKED, "a web firewall answered in the provider's place; look at this host's outgoing address"
)
_OUR_PROXY: Final = Verdict(
    Reason.BLOCKED,
    "a proxy or captive portal of this network answered in the provider's place; give this host a free way out",
)
_PORTAL: Final = Verdict(
    Reason.BLOCKED,
    "a page came where the provider's JSON is due, as from a captive portal; give this host a free way out",
)
_REDIRECTED: Final = Verdict(Reason.UNRECOGNISED, "the provider redirected the probe, which is never followed")
_NO_JSON: Final = Verdict(Reason.PROVIDER_ERROR, "the provider's answer is empty or not the JSON that is due")
_SERVER_TROUBLE: Final = Verdict(Reason.PROVIDER_ERROR, "the provider reports a trouble of its own")
_SLOW_DOWN: Final = Verdict(Reason.RATE_LIMITED, "the provider asks for fewer requests; it is asked again later")
_UNDOCUMENTED: Final = Verdict(
    Reason.UNRECOGNISED, "the provider documents no meaning for this answer; nothing is concluded from it"
)

_CHALLENGES: Final = (
    "cf-mitigated",  # Cloudflare, on every challenge page ("Detect a challenge page response")
    "x-amzn-waf-action",  # AWS WAF, with 202 or 405 and no body ("CAPTCHA and Challenge action behavior")
)
_EDGE: Final = re.compile(rb"error code: 1\d{3}\s*")
"""Cloudflare's own refusal to who takes no HTML; JSON says `cloudflare_error` (its changelog, 2026-03-11)."""
_SQUID: Final = "x-squid-error"  # on each page that a Squid proxy makes itself (squid-cache.org, error pages)
_PROXY_LOGIN: Final = frozenset({407, 511})  # RFC 9110 15.5.8, RFC 6585 section 6
_FORBIDDEN: Final = 403
_TOO_MANY: Final = 429


def judge(answered: Answered, documented: Documented) -> Verdict:
    """The verdict on what came of a request; total, it never raises."""
    match answered:
        case Failure():
            return of_failure(answered)
        case Reply():
            body = json_object(answered)
            said = None if body is None else documented(answered.status, body)
            return said or of_reply(answered)


def of_failure(failure: Failure) -> Verdict:
    """The outcome of an exchange that brought no reply; the same for every provider."""
    return _waiting(failure.until) if failure.trouble is Trouble.BUDGET else _TROUBLES[failure.trouble]


def of_reply(reply: Reply) -> Verdict:
    """What a reply means at any provider of a JSON API, whatever it documents."""
    status = reply.status
    if said := of_another(reply):
        return said
    if 300 <= status <= 399:  # noqa: PLR2004 - the classes of HTTP
        return _REDIRECTED
    if 500 <= status <= 599:  # noqa: PLR2004 - Cloudflare's 520 to 530 (origin down) too, HTML or not
        return _SERVER_TROUBLE
    if json_object(reply) is None:
        if is_page(reply):
            return _PORTAL if 200 <= status <= 299 else _CHALLENGED  # noqa: PLR2004
        if 200 <= status <= 299:  # noqa: PLR2004
            return _NO_JSON
    return _SLOW_DOWN if status == _TOO_MANY else _UNDOCUMENTED


def of_another(reply: Reply) -> Verdict | None:
    """The verdict where a proxy or a web firewall says itself that it answered, not the provider."""
    if reply.status in _PROXY_LOGIN or _SQUID in reply.headers:
        return _OUR_PROXY
    if any(header in reply.headers for header in _CHALLENGES):
        return _CHALLENGED
    return _CHALLENGED if reply.status == _FORBIDDEN and _is_of_the_edge(reply) else None


def _is_of_the_edge(reply: Reply) -> bool:
    return _EDGE.fullmatch(reply.body) is not None or truth_at(json_object(reply), "cloudflare_error") is True


def unrecognised() -> Verdict:
    """For an answer of which nobody has documented what it means."""
    return _UNDOCUMENTED


def _waiting(until: float | None) -> Verdict:
    """The last verdict holds: asking now would overstep what the provider allows."""
    if until is None or until >= MAX_INSTANT:
        when = "when the credential changes; asking with a refused key again gets accounts banned"
    else:
        when = f"at {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M:%S} UTC, when the provider's limit allows it"
    return Verdict(Reason.VALID_UNPROBED, f"not asked now; asked again {when}", again_at=until, waiting=True)


def is_page(reply: Reply) -> bool:
    """Whether a web page came, where an API's answer was due."""
    kind = reply.headers.get("content-type", "").lower()
    return "html" in kind or reply.body[:512].lstrip().lower().startswith((b"<!doctype html", b"<html"))
