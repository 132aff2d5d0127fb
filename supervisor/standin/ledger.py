"""What the stand-in has seen: how often which credential asked for what."""

import time
from collections import Counter
from threading import Condition
from typing import NamedTuple


class Seen(NamedTuple):
    """Requests of one kind; `mark` is the text in the credential. `-`: no mark, no provider."""

    api: str
    method: str
    path: str
    mark: str
    times: int


class Ledger:
    """Shared by all connections; who waits for an arrival is woken by it."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        self._changed = Condition()

    def add(self, api: str, method: str, path: str, mark: str) -> None:
        with self._changed:
            self._counts[api, method, path, mark] += 1
            self._changed.notify_all()

    def entries(self) -> list[Seen]:
        with self._changed:
            return [Seen(*key, count) for key, count in self._counts.items()]

    def clear(self) -> None:
        with self._changed:
            self._counts.clear()

    def await_mark(self, mark: str, within: float) -> bool:
        """Whether a credential whose mark begins so has asked, now or within so many seconds."""
        until = time.monotonic() + within
        with self._changed:
            while not any(key[3].startswith(mark) for key in self._counts):
                if not self._changed.wait(until - time.monotonic()):
                    return False
            return True
