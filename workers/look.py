"""One look at one credential: open → validate → converse within the provider's budgets → verdict, and its story."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Generic, TypeVar, assert_never
from urllib.parse import urlsplit

import msgspec

from workers import providers
from workers.budget import Budgets, Draw
from workers.flight import KEPT_BYTES
from workers.probe import Prober, Timings
from workers.provider import Budget, Context, Fields, Login, Provider, Request
from workers.story import MAX_FIELDS, MAX_REQUESTS, MAX_STORY_BYTES, Asked, Story, encode_story
from workers.vault import Vault
from workers.verdict import Answered, Failure, Reply, Trouble, Verdict
from workers.wire import MAX_INSTANT, MAX_LATENCY_MS, MAX_SPENT, Answer, Check, Phase, Reason, encode

if TYPE_CHECKING:
    from workers.secret import Secret

_REMEMBERED: Final = 10_000
_NO_PROBE: Final = Verdict(
    Reason.VALID_UNPROBED, "the stored fields are complete; this API has no probe that costs nothing"
)
_NOT_PROBED: Final = Verdict(Reason.VALID_UNPROBED, "the stored fields are complete; no request was made this time")
_HOST_CHARS: Final = 255
_PATH_CHARS: Final = 200
_NAME_CHARS: Final = 64
_METHOD_CHARS: Final = 16
_HEADERS_TOLD: Final = 16

Stamp = Callable[[Phase], None]
_Value = TypeVar("_Value")


class _Remembered(OrderedDict[tuple[str, ...], tuple[_Value, float]], Generic[_Value]):
    """In memory alone; the oldest are forgotten beyond a bound."""

    def __setitem__(self, key: tuple[str, ...], value: tuple[_Value, float]) -> None:
        super().__setitem__(key, value)
        while len(self) > _REMEMBERED:
            self.popitem(last=False)


@dataclass(slots=True)
class _Notes:
    """What one check leaves behind besides its verdict."""

    fields: tuple[str, ...] = ()
    asked: list[Asked] = field(default_factory=list)
    draws: list[Draw] = field(default_factory=list)
    seconds: float | None = None
    expires_at: float | None = None

    @property
    def latency_ms(self) -> int | None:
        return None if self.seconds is None else min(round(self.seconds * 1000), MAX_LATENCY_MS)


class Look:
    """For all places of the window. `own`: the providers that the configuration describes, by name."""

    def __init__(
        self,
        vault: Vault,
        prober: Prober,
        budgets: Budgets,
        total_timeout: float,
        own: Mapping[str, Provider] = MappingProxyType({}),
    ) -> None:
        self._vault = vault
        self._prober = prober
        self._budgets = budgets
        self._total_timeout = total_timeout
        self._own = own
        self._tokens: _Remembered[Secret] = _Remembered()
        self._held: _Remembered[Verdict] = _Remembered()

    def at(self, job: int, check: Check, stamp: Stamp) -> Answer:
        """Make one check; `stamp` is called at each phase. An error of our own becomes `unrecognised`.

        Want of memory is none: whoever took it, nothing that is said without it can be relied on.
        """
        notes = _Notes()
        try:
            verdict = self._judge(check, stamp, notes)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: one check's trouble is not the next one's
            verdict = Verdict(Reason.UNRECOGNISED, f"healthsup's own error ({type(error).__name__}); please report it")
        now = time.time()
        draws = notes.draws[:MAX_SPENT]
        ends = verdict.expires_at or notes.expires_at
        answer = Answer(
            job,
            check.check,
            check.attempt,
            verdict.reason,
            notes.latency_ms,
            verdict.message,
            again_at=self._again_at(verdict, draws, now),
            waiting=verdict.waiting,
            expires_at=ends if ends is not None and 0 <= ends <= MAX_INSTANT else None,
            spent=self._budgets.worth_keeping(draws, now),
            story=self._story(verdict, notes, draws, now),
        )
        stamp(Phase.REPORT)  # as late as can be: what dies from here on, before the page has the answer, runs again
        return answer

    def _judge(self, check: Check, stamp: Stamp, notes: _Notes) -> Verdict:
        opened = self._vault.open(check.ciphertext)
        if isinstance(opened, Verdict):
            return opened
        stamp(Phase.VALIDATE)
        provider = self._own.get(check.api) or providers.find(check.api)
        fields = opened.fields(provider)
        if isinstance(fields, Verdict):
            return fields
        notes.fields = tuple(fields)
        context = Context(check.environment, time.time(), self._tokens, self._held, check.saved_at)
        notes.expires_at = provider.expires(fields, context) if provider.expires else None
        refused = provider.validate(fields, context) if provider.validate else None
        if refused is not None:
            return refused
        if provider.converse is None:
            return _NO_PROBE
        if not check.probe:
            return _NOT_PROBED
        return self._converse(provider, fields, context, stamp, notes)

    def _converse(self, provider: Provider, fields: Fields, context: Context, stamp: Stamp, notes: _Notes) -> Verdict:
        assert provider.converse is not None
        conversation = provider.converse(fields, context)
        deadline = time.monotonic() + self._total_timeout
        draw: Draw | None = None
        try:
            request = next(conversation)
            while True:
                draw = self._draw(request, provider, fields, context)
                answered = self._ask(request, draw, provider.name, deadline, stamp, notes)
                request = conversation.send(answered)
        except StopIteration as end:
            verdict: Verdict = end.value
        if verdict.for_good and draw is not None:
            self._budgets.stop(draw, time.time())
        return verdict

    def _draw(self, request: Request | Login, provider: Provider, fields: Fields, context: Context) -> Draw:
        own = request.endpoint.budget if request.endpoint else None
        return self._budgets.draw(own or _undocumented(provider), provider.name, context.environment, fields)

    def _ask(
        self, request: Request | Login, draw: Draw, api: str, deadline: float, stamp: Stamp, notes: _Notes
    ) -> Answered:
        """One exchange, if the budget allows it."""
        if draw not in notes.draws:
            notes.draws.append(draw)
        timings = Timings()
        until = self._budgets.take(draw, time.time())
        if until is not None:
            answered: Answered = Failure(Trouble.BUDGET, until)
        else:
            started = time.monotonic()
            answered = self._send(request, api, deadline, stamp, timings)
            notes.seconds = (notes.seconds or 0.0) + time.monotonic() - started
            if isinstance(answered, Reply):
                self._budgets.heed(draw, answered, time.time())
        if len(notes.asked) < MAX_REQUESTS:
            notes.asked.append(_told(request, answered, timings))
        return answered

    def _send(self, request: Request | Login, api: str, deadline: float, stamp: Stamp, timings: Timings) -> Answered:
        match request:
            case Request():
                return self._prober.exchange(request, api=api, deadline=deadline, stamp=stamp, timings=timings)
            case Login():
                return self._prober.login(request, api=api, deadline=deadline, stamp=stamp, timings=timings)
            case _:
                assert_never(request)

    def _again_at(self, verdict: Verdict, draws: list[Draw], now: float) -> float | None:
        if verdict.again_at is None and verdict.reason is Reason.RATE_LIMITED:
            return self._budgets.until(draws, now)
        return verdict.again_at

    def _story(self, verdict: Verdict, notes: _Notes, draws: list[Draw], now: float) -> bytes:
        story = Story(
            fields=notes.fields[:MAX_FIELDS],
            requests=tuple(notes.asked),
            rule=verdict.rule,
            source=verdict.source,
            budgets=self._budgets.left(draws, now),
        )
        encoded = encode_story(story)
        return encoded if len(encoded) <= MAX_STORY_BYTES else encode_story(Story(rule=story.rule, source=story.source))


def for_the_page(answer: Answer, encoded: bytes) -> bytes:
    """The answer as a cell of the flight page holds it: without its story where that is long."""
    return encoded if len(encoded) <= KEPT_BYTES else encode(msgspec.structs.replace(answer, story=b""))


@lru_cache(maxsize=64)
def _undocumented(provider: Provider) -> Budget:
    """A budget of nobody's: what a provider says about waiting counts for the account that it said it to."""
    required = tuple(field.name for field in provider.fields if field.required)
    return Budget("requests", 0.1, 1000, required, "")


def _told(request: Request | Login, answered: Answered, timings: Timings) -> Asked:
    """Its shape: a place in the endpoint's URL stays one, and of headers there are names."""
    if isinstance(request, Request):
        method, url, headers = request.method, request.url, list(request.headers)
    else:
        method, url, headers = "SMTP", "", []
    host, path = _shape(request.endpoint.url if request.endpoint else url)
    return Asked(
        method=method[:_METHOD_CHARS],
        host=(timings.host or host)[:_HOST_CHARS],
        path=path,
        headers=tuple(name[:_NAME_CHARS] for name in headers[:_HEADERS_TOLD]),
        status=answered.status if isinstance(answered, Reply) else None,
        trouble=answered.trouble.value if isinstance(answered, Failure) else None,
        resolve_ms=timings.resolve,
        connect_ms=timings.connect,
        tls_ms=timings.tls,
        first_byte_ms=timings.first_byte,
        body_ms=timings.body,
    )


@lru_cache(maxsize=256)  # of URLs, which hold no secret by `Request`'s own rule
def _shape(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc, parts.path[:_PATH_CHARS]
