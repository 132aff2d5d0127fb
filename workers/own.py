"""An API that healthsup does not know, as its operator describes it: one table, checked on both sides of the wire.

Data alone: conditions are compared, templates take `{field}` and nothing else. No expression language, nothing that
evaluates code. docs/howto/own-provider.md explains the table.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from workers.words import MAX_MESSAGE_CHARS, Reason, ShortText

GIVEN: Final = (
    Reason.OK,
    Reason.INVALID_CREDENTIAL,
    Reason.EXPIRED,
    Reason.ACCOUNT_RESTRICTED,
    Reason.QUOTA_EXHAUSTED,
    Reason.INSUFFICIENT_SCOPE,
    Reason.RATE_LIMITED,
    Reason.PROVIDER_ERROR,
    Reason.BLOCKED,
    Reason.CLOCK_SKEW,
    Reason.UNRECOGNISED,
)
"""The reasons that a table may give."""

_REASONS: Final = f"take one of {', '.join(GIVEN)}"
Template = Annotated[str, Meta(max_length=500)]
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
PLACE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,63})\}")
_PLAIN: Final = re.compile(r"[ -~]*")
_PATH: Final = re.compile(r"/[!-~]*")
_POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "user-agent"})


class Table(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the tables share: an unknown key is an error."""


class OwnAnswer(Table, frozen=True, kw_only=True):
    """Replies it means: every condition given holds. `pointer` is a JSON pointer (RFC 6901) into the reply's object."""

    reason: Reason
    message: Annotated[str, Meta(max_length=MAX_MESSAGE_CHARS)] = ""
    status: tuple[Annotated[int, Meta(ge=100, le=599)], ...] = ()
    pointer: Annotated[str, Meta(max_length=200)] | None = None
    equals: str | int | float | bool | None = None
    text: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    source: Annotated[str, Meta(max_length=160)] = ""


class OwnField(Table, frozen=True, kw_only=True):
    """A stored field. Only one that is not `secret` may stand in the path."""

    name: ShortText
    required: bool = True
    secret: bool = True
    aliases: tuple[ShortText, ...] = ()


class OwnProvider(Table, frozen=True, kw_only=True):
    """One read-only request and what its answers mean. `basic` are templates of user and password (RFC 7617).

    `per` and `burst`: one request each `per` seconds for each credential, so many at once; `remaining` and `reset`
    name response headers (see `provider.Budget`). `expires` points to where an `ok` tells when the credential ends, a
    date or an epoch. `harmless` says why the request changes nothing and costs nothing.
    """

    name: ShortText = ""
    base_url: Annotated[str, Meta(max_length=300)] = ""
    method: Literal["GET", "HEAD"] = "GET"
    path: Template
    fields: Annotated[tuple[OwnField, ...], Meta(min_length=1, max_length=32)]
    answers: Annotated[tuple[OwnAnswer, ...], Meta(min_length=1, max_length=64)]
    headers: Annotated[dict[str, Template], Meta(max_length=16)] = {}
    query: Annotated[dict[str, Template], Meta(max_length=16)] = {}
    basic: tuple[Template, Template] | None = None
    per: Annotated[float, Meta(gt=0, le=86_400 * 31)] = 1.0
    burst: Annotated[int, Meta(ge=1, le=1_000_000)] = 10
    remaining: ShortText = ""
    reset: ShortText = ""
    expires: Annotated[str, Meta(max_length=200)] = ""
    source: Annotated[str, Meta(max_length=160)] = ""
    harmless: Annotated[str, Meta(max_length=200)] = ""

    @property
    def sent(self) -> frozenset[str]:
        """The fields that go out with the request, but for its path."""
        templates = (*self.headers.values(), *self.query.values(), *(self.basic or ()))
        return frozenset(name for template in templates for name in places(template))


class BadTable(ValueError):  # noqa: N818 - a word about a table, told in one line by who knows where it stands
    """`at` leads to what is wrong, like ("answers", 2, "status"); `cure` says what it must be."""

    def __init__(self, at: tuple[str | int, ...], cause: str, cure: str) -> None:
        super().__init__(cause)
        self.at = at
        self.cause = cause
        self.cure = cure


def parse(name: str, base_url: str, table: Mapping[str, object]) -> OwnProvider:
    """The provider of a table. Raise `BadTable` for the first thing that is wrong with it."""
    if _NAME.fullmatch(name) is None:
        raise BadTable((), "is no name for a provider", "take lower-case letters, digits and -, like my-erp")
    try:
        own = msgspec.convert({**table, "name": name, "base_url": base_url}, type=OwnProvider)
    except msgspec.ValidationError as error:
        raise _of_type(str(error)) from None
    for at, cause, cure in _complaints(own):
        raise BadTable(at, cause, cure)
    return own


def places(template: str) -> list[str]:
    """The fields that a template names."""
    return PLACE.findall(template)


def climbs(path: str) -> bool:
    """Whether a server would take a segment of it for a step to elsewhere (RFC 3986 section 5.2.4)."""
    return not {".", ".."}.isdisjoint(path.split("/"))


def _of_type(said: str) -> BadTable:
    """The decoder names types and paths, never a value."""
    cause, _, path = said.partition(" - at `$")
    steps = re.findall(r"\.([A-Za-z_]\w*)|\[(\d+)\]", path)
    at = tuple(name or int(index) for name, index in steps)
    match at[-1:]:
        case ("reason",) if "enum" in cause:
            return BadTable(at, "this reason is none", _REASONS)
        case ("method",) if "enum" in cause:
            return BadTable(at, "this method is not taken", "take GET or HEAD: a probe only reads")
    return BadTable(at, cause[:1].lower() + cause[1:].replace("Object", "the table"), "see docs/howto/own-provider.md")


Complaint = tuple[tuple[str | int, ...], str, str]


def _complaints(own: OwnProvider) -> Iterator[Complaint]:
    yield from _of_fields(own)
    yield from _of_request(own)
    yield from _of_what_goes_out(own)
    for index, answer in enumerate(own.answers):
        yield from _of_answer(answer, ("answers", index))
        if own.method == "HEAD" and (answer.pointer is not None or answer.text is not None):
            yield ("answers", index), "nothing stands in an answer to HEAD", "go by status alone, or take GET"
    if all(answer.reason is not Reason.OK for answer in own.answers):
        yield ("answers",), 'no answer means "ok"', "say which reply of the provider shows that a credential works"


def _of_fields(own: OwnProvider) -> Iterator[Complaint]:
    names = [name for field in own.fields for name in (field.name, *field.aliases)]
    for index, field in enumerate(own.fields):
        for name in (field.name, *field.aliases):
            if _FIELD.fullmatch(name) is None:
                yield ("fields", index), "a field's name is not letters, digits and _", "name it like apiKey"
            if names.count(name) > 1:
                yield ("fields", index), "a field's name is there twice", "give each field names of its own"
    if not any(field.required for field in own.fields):
        yield ("fields",), "no field is required", "leave `required` out for what every credential has"


def _of_request(own: OwnProvider) -> Iterator[Complaint]:
    known = {field.name for field in own.fields if field.required}
    public = {field.name for field in own.fields if field.required and not field.secret}
    if _PATH.fullmatch(own.path) is None or "?" in own.path or "#" in own.path or climbs(own.path):
        yield (
            ("path",),
            "the path is none",
            "it begins with / and has no ?, #, blank or /../; a query stands in `query`",
        )
    yield from _of_template(own.path, public, ("path",), "that is required and has `secret = false`")
    for name, template in own.headers.items():
        if _HEADER.fullmatch(name) is None or name.lower() in _OURS:
            yield ("headers",), "a header cannot be set", f"not {', '.join(sorted(_OURS))}; letters, digits and -"
        yield from _of_template(template, known, ("headers",), "that is required")
    for template in own.query.values():
        yield from _of_template(template, known, ("query",), "that is required")
    for name in filter(None, (own.remaining, own.reset)):
        if _HEADER.fullmatch(name) is None or name != name.lower():
            yield ("remaining",), "a response header's name is none", "write it in lower case"
    for template in own.basic or ():
        yield from _of_template(template, known, ("basic",), "that is required")


def _of_what_goes_out(own: OwnProvider) -> Iterator[Complaint]:
    names = [name.lower() for name in own.headers]
    if len(set(names)) < len(names):
        yield ("headers",), "a header is there twice", "write each once; capitals make no difference"
    if own.basic and not any(map(places, own.basic)):
        cure = 'fields stand between braces: ["{user}", "{password}"], or ["api", "{apiKey}"]'
        yield ("basic",), "`basic` sends no field", cure
    if own.basic and "authorization" in names:
        yield ("basic",), "there is an Authorization header beside `basic`", "leave one of them out"
    secrets = {field.name for field in own.fields if field.required and field.secret}
    if not own.sent & secrets:
        cure = "name a required one between braces in `headers`, `query` or `basic`"
        yield ("fields",), "no secret goes out, so that nothing is proved", cure
    if own.expires and (_POINTER.fullmatch(own.expires) is None or own.method == "HEAD"):
        yield ("expires",), "`expires` leads nowhere", "it is like /key/expires_at (RFC 6901), into an answer to GET"


def _of_template(template: str, known: set[str], at: tuple[str | int, ...], which: str) -> Iterator[Complaint]:
    rest = PLACE.sub("", template)
    if "{" in rest or "}" in rest or _PLAIN.fullmatch(rest) is None:
        yield at, "a template has more than plain text and {field}", "braces stand around the name of a field alone"
    if any(name not in known for name in places(template)):
        yield at, "a template names what it may not", f"between braces stands the name of a field {which}"


def _of_answer(answer: OwnAnswer, at: tuple[str | int, ...]) -> Iterator[Complaint]:
    if answer.reason not in GIVEN:
        yield (*at, "reason"), "this reason is not a provider's to give", _REASONS
    if not answer.status and answer.pointer is None and answer.text is None:
        yield at, "an answer has no condition", "give status, pointer or text"
    if answer.pointer is not None and _POINTER.fullmatch(answer.pointer) is None:
        yield (*at, "pointer"), "the pointer is none", "it is like /error/code (RFC 6901)"
    if answer.equals is not None and answer.pointer is None:
        yield (*at, "equals"), "`equals` has nothing to compare with", "give the pointer too"
    if not answer.message.isprintable():
        yield (*at, "message"), "the message cannot be printed", "take plain text"
