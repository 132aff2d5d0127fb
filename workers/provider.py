"""The shape of a provider: which fields it stores, and the conversation that tells whether they work.

A provider is one frozen `Provider` value in a file of its own under `providers/`. Its conversation is a generator:
it yields a `Request`, is sent what came of it (`Reply` or `Failure`), and returns a `Verdict`. It is pure: time and
randomness come in through `Context`, so that a test can replay any dialogue.
"""

from collections.abc import Callable, Generator, Mapping, MutableMapping
from dataclasses import dataclass, field

from workers.secret import Secret
from workers.verdict import Answered, Verdict


@dataclass(frozen=True, slots=True)
class Field:
    """One stored field. `aliases` are other names it was saved under, in order of preference."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = True
    max_chars: int = 4096


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Anything that may hold a secret is a `Secret`; `url` is absolute, with no secret in it.

    `query` is appended to the URL by the probe (values percent-encoded). `body` is sent as it is.
    """

    method: str
    url: str
    headers: Mapping[str, Secret | str] = field(default_factory=dict, repr=False)
    query: Mapping[str, Secret | str] = field(default_factory=dict, repr=False)
    body: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Context:
    """What a conversation may know besides the fields. `now` is UTC epoch seconds.

    `memory` holds short-lived tokens for the life of the worker: key (any hashable without a secret in clear) →
    (token, expiry in epoch seconds). It is bounded by its owner and may forget at any time.
    """

    environment: str
    now: float
    memory: MutableMapping[tuple[str, ...], tuple[Secret, float]]


Fields = Mapping[str, Secret]
"""The stored fields by canonical name; optional ones that are absent are not in it."""

Conversation = Generator[Request, Answered, Verdict]


@dataclass(frozen=True, slots=True)
class Provider:
    """One API. Without a `converse` its fields are validated and nothing is sent (`valid_unprobed`).

    `validate` sees complete fields and returns a verdict where their form or the environment already decides.
    """

    name: str
    fields: tuple[Field, ...]
    converse: Callable[[Fields, Context], Conversation] | None = None
    validate: Callable[[Fields, Context], Verdict | None] | None = None
