"""A provider made of a table (`workers.own`): the same judgement, budgets and guards as one that is written out."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from workers.own import PLACE, OwnAnswer, OwnProvider, climbs, parse, places
from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Provider, Request, Sent, basic
from workers.secret import Secret
from workers.verdict import (
    Answered,
    Failure,
    Reply,
    Trouble,
    Verdict,
    instant,
    is_page,
    json_object,
    jwt_end,
    of_another,
    of_failure,
    of_reply,
    value_at,
)
from workers.wire import MAX_MESSAGE_CHARS, Reason

_ABSENT: Final = object()
_GENERAL: Final = MappingProxyType(
    {
        Reason.OK: "the provider accepts the credential",
        Reason.INVALID_CREDENTIAL: "the provider refuses the credential; save a valid one",
        Reason.EXPIRED: "the credential has expired; save a new one",
        Reason.ACCOUNT_RESTRICTED: "the provider has restricted the account; look there",
        Reason.QUOTA_EXHAUSTED: "the account's quota is used up; top it up at the provider",
        Reason.INSUFFICIENT_SCOPE: "the credential is valid but may not do what is asked; widen its rights",
        Reason.RATE_LIMITED: "the provider asks for fewer requests; it is asked again later",
        Reason.PROVIDER_ERROR: "the provider reports a trouble of its own",
        Reason.BLOCKED: "the provider does not let this host in; look at its outgoing address",
        Reason.CLOCK_SKEW: "the provider says that this host's clock is wrong; mend it",
        Reason.UNRECOGNISED: "nothing is concluded from this answer",
    }
)


def from_file(path: Path) -> Provider:
    """A provider that is shipped as a table: like one in a configuration, with its `base_url` beside it."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return provider_of(parse(path.stem, table.pop("base_url"), table))


def provider_of(own: OwnProvider) -> Provider:
    """The provider that a table describes."""
    required = tuple(field.name for field in own.fields if field.required)
    source = own.source or f"the configuration, providers.{own.name}"
    budget = Budget("requests", own.per, own.burst, required, source, own.remaining, own.reset)
    endpoint = Endpoint(own.method, own.base_url + own.path, own.harmless or f"its operator says so: {source}", budget)
    ends = _steps(own.expires) if own.expires else None
    rules = [(_matcher(answer), _verdict(answer, answer.source or source)) for answer in own.answers]

    def converse(fields: Fields, _context: Context) -> Conversation:
        path = PLACE.sub(lambda found: quote(fields[found[1]].reveal(), safe=""), own.path)
        if climbs(path):
            return of_failure(Failure(Trouble.BAD_REQUEST))
        query = {name: _filled(template, fields) for name, template in own.query.items()}
        url = own.base_url + path
        answered = yield Request(own.method, url, _headers(own, fields), query, endpoint=endpoint)
        verdict = _judge(answered, rules)
        if ends is None or verdict.reason is not Reason.OK:
            return verdict
        return replace(verdict, expires_at=_end(answered, ends))

    def expires(fields: Fields, _context: Context) -> float | None:
        ends = [jwt_end(fields[name].reveal()) for name in own.sent if name in fields]
        return min((end for end in ends if end is not None), default=None)

    fields = tuple(Field(field.name, field.aliases, field.required) for field in own.fields)
    return Provider(own.name, fields, converse, expires=expires, endpoints=(endpoint,))


Matches = Callable[[Reply, object], bool]


def _judge(answered: Answered, rules: list[tuple[Matches, Verdict]]) -> Verdict:
    """The first rule that matches, unless another answered or a web page stands where the provider's answer is due."""
    if isinstance(answered, Failure):
        return of_failure(answered)
    if said := of_another(answered):
        return said
    body = json_object(answered)
    if body is None and is_page(answered):
        return of_reply(answered)
    return next((verdict for matches, verdict in rules if matches(answered, body)), None) or of_reply(answered)


def _matcher(answer: OwnAnswer) -> Matches:
    path = None if answer.pointer is None else _steps(answer.pointer)
    text = None if answer.text is None else answer.text.encode()

    def matches(reply: Reply, body: object) -> bool:
        if answer.status and reply.status not in answer.status:
            return False
        if text is not None and text not in reply.body:
            return False
        return path is None or _holds(_at(body, path), answer.equals)

    return matches


def _end(answered: Answered, path: tuple[str, ...]) -> float | None:
    """The instant at that place; None where there is none."""
    found = _at(json_object(answered), path) if isinstance(answered, Reply) else None
    told = isinstance(found, str | int | float) and not isinstance(found, bool)
    return instant(str(found)) if told else None


def _holds(found: object, wanted: object) -> bool:
    if found is _ABSENT:
        return False
    return wanted is None or (found == wanted and isinstance(found, bool) is isinstance(wanted, bool))


def _at(body: object, path: tuple[str, ...]) -> object:
    """RFC 6901: a step is a key of an object or an index of an array."""
    for step in path:
        if isinstance(body, list):
            found = value_at(body, int(step)) if step.isdecimal() and len(step) < 6 else None  # noqa: PLR2004
        else:
            found = body.get(step, _ABSENT) if isinstance(body, dict) else _ABSENT
        if found is _ABSENT or (found is None and isinstance(body, list)):
            return _ABSENT
        body = found
    return _ABSENT if body is None else body


def _steps(pointer: str) -> tuple[str, ...]:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _verdict(answer: OwnAnswer, source: str) -> Verdict:
    message = answer.message or _GENERAL[answer.reason]
    conditions = [
        f"status {', '.join(map(str, answer.status))}" if answer.status else "",
        f"{answer.pointer} is there" if answer.pointer is not None and answer.equals is None else "",
        f"{answer.pointer} is {answer.equals}" if answer.equals is not None else "",
        "the text is there" if answer.text is not None else "",
    ]
    rule = ", ".join(filter(None, conditions))[:120]
    return Verdict(answer.reason, message[:MAX_MESSAGE_CHARS], rule=rule, source=source)


def _headers(own: OwnProvider, fields: Fields) -> dict[str, Sent]:
    headers: dict[str, Sent] = {name: _filled(template, fields) for name, template in own.headers.items()}
    if not any(name.lower() == "accept" for name in headers):
        headers["Accept"] = "application/json"
    if own.basic:
        user, password = (_text(template, fields) for template in own.basic)
        headers["Authorization"] = basic(user, password)
    return headers


def _filled(template: str, fields: Fields) -> Sent:
    return Secret(_text(template, fields)) if places(template) else template


def _text(template: str, fields: Fields) -> str:
    """What a field holds is put in as it is: a brace in it means nothing."""
    return PLACE.sub(lambda found: fields[found[1]].reveal(), template)
