"""How a verdict came about, as the worker tells it and `explain` shows it: facts that can hold no secret."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from workers.words import Instant, Milliseconds, ShortText

MAX_STORY_BYTES: Final = 3072
MAX_BUDGETS_LEFT: Final = 4
MAX_REQUESTS: Final = 6
MAX_FIELDS: Final = 32
MAX_RULE_CHARS: Final = 120
MAX_SOURCE_CHARS: Final = 200


class Left(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A budget by its name: so many requests may still be made at once; one comes back each `per` seconds."""

    name: ShortText
    tokens: Annotated[float, Meta(ge=0, le=1e6)]
    per: Annotated[float, Meta(gt=0, le=1e8)]
    until: Instant


class Asked(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One request of a story, by its shape: no value of a tenant is in it.

    `path` is the endpoint's pattern, `headers` are names. The times are milliseconds; None: that did not happen
    (`resolve_ms`, `connect_ms`, `tls_ms`: a connection was used again). `status` None: no answer came, `trouble`.
    """

    method: Annotated[str, Meta(max_length=16)]
    host: Annotated[str, Meta(max_length=255)]
    path: Annotated[str, Meta(max_length=200)]
    headers: Annotated[tuple[ShortText, ...], Meta(max_length=16)]
    status: Annotated[int, Meta(ge=0, le=999)] | None
    trouble: ShortText | None
    resolve_ms: Milliseconds | None = None
    connect_ms: Milliseconds | None = None
    tls_ms: Milliseconds | None = None
    first_byte_ms: Milliseconds | None = None
    body_ms: Milliseconds | None = None


class Story(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """How a verdict came about, in facts that can hold no secret: names of fields, shapes of requests, our own words.

    `rule` is the documented marker that matched, `source` where it is documented. `budgets` are what was left.
    """

    fields: Annotated[tuple[ShortText, ...], Meta(max_length=MAX_FIELDS)] = ()
    requests: Annotated[tuple[Asked, ...], Meta(max_length=MAX_REQUESTS)] = ()
    rule: Annotated[str, Meta(max_length=MAX_RULE_CHARS)] = ""
    source: Annotated[str, Meta(max_length=MAX_SOURCE_CHARS)] = ""
    budgets: Annotated[tuple[Left, ...], Meta(max_length=MAX_BUDGETS_LEFT)] = ()


_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Story)


def encode_story(story: Story) -> bytes:
    return _encoder.encode(story)


def decode_story(story: bytes) -> Story | None:
    """The story of an answer; None for anything else, for it is the word of a hostile process."""
    try:
        told: Story = _decoder.decode(story)
    except _UNREADABLE:
        return None
    return told
