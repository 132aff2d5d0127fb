"""The shape of a provider: which fields it stores, and the conversation that tells whether they work.

A provider is one frozen `Provider` value in a file of its own under `providers/`. Its conversation is a generator:
it yields a `Request` or a `Login`, is sent what came of it (`Reply` or `Failure`), and returns a `Verdict`. It is
pure: time and randomness come in through `Context`, so that a test can replay any dialogue.
"""

from base64 import b64encode
from collections.abc import Callable, Generator, Mapping, MutableMapping
from dataclasses import dataclass, field
from urllib.parse import quote

from workers.secret import Secret
from workers.verdict import Answered, Verdict

Sent = Secret | str
"""What may stand in a request: a `Secret` wherever it might hold one."""


def basic(user: str, password: str) -> Secret:
    """The value of an Authorization header (RFC 7617, in UTF-8)."""
    return Secret(f"Basic {b64encode(f'{user}:{password}'.encode('utf-8', 'replace')).decode()}")


@dataclass(frozen=True, slots=True)
class Field:
    """One stored field. `aliases` are other names it was saved under, in order of preference."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = True
    max_chars: int = 4096


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a provider may be asked: one request each `per` seconds, `burst` at once; `source` documents it.

    `by` names the fields whose values make up the account that the provider counts by; none: everybody together.
    `remaining` and `reset` are response headers (lower case) that tell how many requests are left, and in how many
    seconds (or at which epoch second) there will be more. `Retry-After` is heeded at every provider.
    """

    name: str
    per: float
    burst: int
    by: tuple[str, ...]
    source: str
    remaining: str = ""
    reset: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing a probe may ask. `harmless` says why it changes nothing and costs nothing, with its source.

    `url` is absolute, without a secret; `{name}` in it is a place for something of the tenant's that is none.
    """

    method: str
    url: str
    harmless: str
    budget: Budget | None = None

    def ask(
        self,
        headers: Mapping[str, Sent] | None = None,
        *,
        query: Mapping[str, Sent] | None = None,
        body: Secret | None = None,
        **places: str,
    ) -> "Request":
        """The request; what stands in a place is percent-encoded."""
        url = self.url.format(**{name: quote(value, safe="") for name, value in places.items()}) if places else self.url
        return Request(self.method, url, headers or {}, query or {}, body, self)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Anything that may hold a secret is a `Secret`; `url` is absolute, with no secret in it.

    `query` is appended to the URL by the probe (values percent-encoded). `body` is sent as it is.
    """

    method: str
    url: str
    headers: Mapping[str, Sent] = field(default_factory=dict, repr=False)
    query: Mapping[str, Sent] = field(default_factory=dict, repr=False)
    body: Secret | None = field(default=None, repr=False)
    endpoint: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """An SMTP log-in and nothing more: EHLO, (STARTTLS,) AUTH, QUIT. The reply has the server's code for AUTH.

    A `Reply` with status 235 says that it was let in; its body is the server's text, its headers `stage` (`connect`,
    `ehlo`, `starttls`, `auth`) the last step, `mechanisms` what the server offers, and `lacks` what it does not, so
    that it was not asked further: `starttls` (a password never goes unencrypted), `mechanism` (PLAIN or LOGIN).
    """

    host: str
    port: int
    user: Secret = field(repr=False)
    password: Secret = field(repr=False)
    endpoint: Endpoint
    implicit_tls: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """What a conversation may know besides the fields. Instants are UTC epoch seconds.

    `memory` holds short-lived tokens and `held` verdicts for the life of the worker: key (any hashable without a
    secret in clear) → (what, until when). They are bounded by their owner, who may forget at any time. `saved_at`:
    when the row was last written, so that nothing in it is younger.
    """

    environment: str
    now: float
    memory: MutableMapping[tuple[str, ...], tuple[Secret, float]]
    held: MutableMapping[tuple[str, ...], tuple[Verdict, float]] = field(default_factory=dict)
    saved_at: float | None = None


Fields = Mapping[str, Secret]
"""The stored fields by canonical name; optional ones that are absent are not in it."""

Conversation = Generator[Request | Login, Answered, Verdict]


@dataclass(frozen=True, slots=True)
class Provider:
    """One API. Without a `converse` its fields are validated and nothing is sent (`valid_unprobed`).

    `validate` sees complete fields and returns a verdict where their form or the environment already decides.
    `expires` reads from the stored fields (dates, a token's own end, a documented lifetime since `saved_at`) when
    the credential ends at the latest. `endpoints` are all that its conversation asks; `unprobed` says why it has none.
    """

    name: str
    fields: tuple[Field, ...]
    converse: Callable[[Fields, Context], Conversation] | None = None
    validate: Callable[[Fields, Context], Verdict | None] | None = None
    expires: Callable[[Fields, Context], float | None] | None = None
    endpoints: tuple[Endpoint, ...] = ()
    unprobed: str = ""
