"""How often each provider may still be asked: token buckets, by provider, budget and account.

A bucket holds at most `burst` requests, and one comes back each `per` seconds. What a provider says itself counts
more: `Retry-After` (RFC 9110 section 10.2.3) and its headers about what is left. Buckets live here; what is worth
keeping over a restart goes out with an answer and comes back with `wire.Budgets`. Instants are epoch seconds.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from workers.provider import Budget, Fields
from workers.story import Left
from workers.verdict import Reply, clock_off
from workers.wire import MAX_INSTANT, Spent

_BUCKETS_MAX: Final = 50_000
_WORTH_KEEPING_S: Final = 20.0  # 2Captcha's one request in 30 s; what fills up sooner is as good as full
_LONGEST_WAIT_S: Final = 31 * 86_400.0
_CLOCK_OFF_MOST_S: Final = 86_400.0  # a Date that is further off is no clock that others are read by
_WAIT_AFTER_429_S: Final = 60.0  # where it does not say how long
_FIRST_INSTANT: Final = 1e9  # 2001; as seconds to wait more than 31 years
_FIRST_MILLISECONDS: Final = 1e11  # 1973; as seconds it is the year 5138
_TOO_MANY: Final = 429
_FIRST_REFUSAL: Final = 400

Pseudonym = Callable[[str], str]
"""A text → 32 hex digits that say nothing of it to who has not the vault's key."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float
    until: float = 0.0

    def refill(self, budget: Budget, now: float) -> None:
        if now > self.at:
            self.tokens = min(float(budget.burst), self.tokens + (now - self.at) / budget.per)
        self.at = now  # earlier than before where the clock was set back: it counts on from there


@dataclass(frozen=True, slots=True)
class Draw:
    """A budget of one account. `key` tells accounts apart without naming them."""

    key: str
    budget: Budget


class Budgets:
    """For all threads of the worker."""

    def __init__(self, pseudonym: Pseudonym) -> None:
        self._pseudonym = pseudonym
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def draw(self, budget: Budget, api: str, environment: str, fields: Fields) -> Draw:
        """The bucket that a request with these fields draws on."""
        account = [fields[name].reveal() for name in budget.by if name in fields]
        return Draw(self._pseudonym("\0".join([api, budget.name, environment, *account])), budget)

    def take(self, draw: Draw, now: float) -> float | None:
        """Take one request; None when it may be made, else when it may be at the earliest."""
        with self._lock:
            bucket = self._bucket(draw, now)
            if bucket.until > now:
                return bucket.until
            if bucket.tokens < 1.0:
                return now + (1.0 - bucket.tokens) * draw.budget.per
            bucket.tokens -= 1.0
            return None

    def heed(self, draw: Draw, reply: Reply, now: float) -> None:
        """Keep to what the provider says about its limits in this reply."""
        off = clock_off(reply, now) or 0.0
        there = now - off if abs(off) <= _CLOCK_OFF_MOST_S else now  # their dates are by their clock
        wait = retry_after(reply.headers, there) if reply.status >= _FIRST_REFUSAL else None
        if wait is None and reply.status == _TOO_MANY:
            wait = max(draw.budget.per, _WAIT_AFTER_429_S)
        left = _number(reply.headers, draw.budget.remaining)
        if left is not None and left < 1.0:
            wait = max(wait or 0.0, _reset(reply.headers, draw.budget.reset, there) or draw.budget.per)
        if wait is not None:
            with self._lock:
                bucket = self._bucket(draw, now)
                bucket.until = max(bucket.until, now + min(max(wait, 0.0), _LONGEST_WAIT_S))

    def stop(self, draw: Draw, now: float) -> None:
        """Ask no more in this account's name: another credential is another account."""
        with self._lock:
            self._bucket(draw, now).until = MAX_INSTANT

    def until(self, draws: Iterable[Draw], now: float) -> float | None:
        """When the last of them may be asked again, as far as the provider has said so."""
        with self._lock:
            ends = [self._bucket(draw, now).until for draw in draws]
        return max((end for end in ends if end > now), default=None)

    def left(self, draws: Iterable[Draw], now: float) -> tuple[Left, ...]:
        """What is left of them, by name."""
        with self._lock:
            return tuple(
                Left(draw.budget.name, round(bucket.tokens, 3), draw.budget.per, bucket.until)
                for draw in draws
                for bucket in [self._bucket(draw, now)]
            )

    def worth_keeping(self, draws: Iterable[Draw], now: float) -> tuple[Spent, ...]:
        """Those that a restart may not fill up again."""
        with self._lock:
            return tuple(
                Spent(draw.key, bucket.tokens, bucket.at, bucket.until)
                for draw in draws
                for bucket in [self._bucket(draw, now)]
                if bucket.until > now or (draw.budget.burst - bucket.tokens) * draw.budget.per > _WORTH_KEEPING_S
            )

    def restore(self, kept: Iterable[Spent]) -> None:
        """Take over what was kept; of two states of a bucket the newer counts, of two waits the longer."""
        with self._lock:
            for spent in kept:
                own = self._buckets.get(spent.key)
                until = max(spent.until, own.until if own else 0.0)
                if own is None or own.at < spent.at:
                    self._put(spent.key, _Bucket(spent.tokens, spent.at, until))
                else:
                    own.until = until

    def _bucket(self, draw: Draw, now: float) -> _Bucket:
        bucket = self._buckets.get(draw.key)
        if bucket is None:
            bucket = _Bucket(float(draw.budget.burst), now)
            self._put(draw.key, bucket)
        bucket.refill(draw.budget, now)
        if now + _LONGEST_WAIT_S < bucket.until < MAX_INSTANT:
            bucket.until = 0.0  # of a clock that was far ahead: nobody is made to wait so long
        return bucket

    def _put(self, key: str, bucket: _Bucket) -> None:
        self._buckets[key] = bucket
        self._buckets.move_to_end(key)
        while len(self._buckets) > _BUCKETS_MAX:
            self._buckets.popitem(last=False)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait: `Retry-After` holds seconds or a date; None where it is neither."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.replace(".", "", 1).isdecimal():  # some give tenths
        return float(text[:12])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError, TypeError):
        return None


def _reset(headers: Mapping[str, str], name: str, now: float) -> float | None:
    """In how many seconds there will be more; as many providers tell the instant instead, some in milliseconds."""
    told = _number(headers, name)
    if told is not None and told >= _FIRST_MILLISECONDS:
        told /= 1000
    return told - now if told is not None and told >= _FIRST_INSTANT else told


def _number(headers: Mapping[str, str], name: str) -> float | None:
    text = headers.get(name, "").strip() if name else ""
    return float(text[:17]) if text.isascii() and text.replace(".", "", 1).isdecimal() else None
