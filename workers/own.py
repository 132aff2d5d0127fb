"""An API that healthsup does not know, as its operator describes it: the shape of what the configuration says.

Data alone, with the same bounds on both sides of the wire: no expression language, nothing that evaluates code.
"""

from typing import Annotated

from msgspec import Meta, Struct

from workers.words import MAX_MESSAGE_CHARS, Reason, ShortText


class OwnAnswer(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A row of an own provider's table of answers: which replies it means, and what they say of the credential.

    A reply matches when every given condition holds: its status is one of `status`; the value at the JSON pointer
    `pointer` (RFC 6901) is there, and equals `equals` when that is given; its body holds `text`.
    """

    reason: Reason
    message: Annotated[str, Meta(max_length=MAX_MESSAGE_CHARS)]
    status: tuple[Annotated[int, Meta(ge=100, le=599)], ...] = ()
    pointer: Annotated[str, Meta(max_length=200)] | None = None
    equals: str | int | float | bool | None = None
    text: Annotated[str, Meta(max_length=200)] | None = None


class OwnField(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A stored field of an own provider. Only one that is not `secret` may stand in a path or query."""

    name: ShortText
    required: bool = True
    secret: bool = True
    aliases: tuple[ShortText, ...] = ()


class OwnProvider(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An API that the configuration describes. Headers and path are templates: `{field}` and nothing else."""

    name: ShortText
    base_url: Annotated[str, Meta(max_length=300)]
    method: str
    path: Annotated[str, Meta(max_length=500)]
    fields: Annotated[tuple[OwnField, ...], Meta(min_length=1, max_length=32)]
    answers: Annotated[tuple[OwnAnswer, ...], Meta(min_length=1, max_length=64)]
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    per: Annotated[float, Meta(gt=0)] = 1.0
    burst: Annotated[int, Meta(ge=1, le=1_000_000)] = 10
