"""Names to addresses, in a way that can be abandoned.

`getaddrinfo` cannot be interrupted and blocks for 28 s when the name servers are dead. A few daemon threads
call it; a check waits for them until its own deadline and goes on. Checks that want the same name share one
lookup.
"""

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from workers.probe.outcome import OUR_SHORTAGES
from workers.verdict import Trouble

Resolve = Callable[[str], Sequence[str]]
"""A host name → its numeric addresses, the preferred ones first; OSError when none are to be had. May block."""

_THREADS: Final = 16  # so many names may hang at once before others wait; a thread costs 0.02 MiB
_REMEMBERED_FOR: Final = 30.0  # seconds; providers move their names with a TTL of 60
_ABSENT: Final = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})  # a name server said so
_OURS: Final = OUR_SHORTAGES | {socket.EAI_MEMORY}
_REMEMBERED_MAX: Final = 1024  # names; tenants choose some of them


@dataclass(slots=True, eq=False)
class _Lookup:
    host: str
    done: threading.Event = field(default_factory=threading.Event)
    found: tuple[str, ...] | Trouble = Trouble.LOCAL  # as long as it waits for a thread of ours
    good_until: float = 0.0
    waiting: int = 0


class Resolver:
    """Shared by all threads of the worker."""

    def __init__(self, resolve: Resolve | None = None, *, threads: int = _THREADS) -> None:
        self._resolve = resolve or _ask_system
        self._threads = 0
        self._threads_most = threads
        self._threads_free = 0
        self._lookups: dict[str, _Lookup] = {}
        self._queue: dict[str, _Lookup] = {}  # by host, in order of arrival
        self._changed = threading.Condition()
        self._closed = False

    def addresses(self, host: str, *, deadline: float) -> tuple[str, ...] | Trouble:
        """The addresses of a name, none when it has none; or why that was not to be learned before the deadline.

        `NAMES`: no usable answer from a name server. `LOCAL`: we could not ask.
        """
        lookup = self._join(host)
        try:
            lookup.done.wait(max(0.0, deadline - monotonic()))
            return lookup.found
        finally:
            self._leave(lookup)

    def close(self) -> None:
        """Let the threads end that are not stuck."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _join(self, host: str) -> _Lookup:
        with self._changed:
            lookup = self._lookups.get(host)
            if lookup is None or (lookup.done.is_set() and lookup.good_until <= monotonic()):
                if len(self._queue) >= self._threads_free and self._threads < self._threads_most:
                    self._hire()
                lookup = _Lookup(host)
                self._remember(lookup)
                self._queue[host] = lookup
                self._changed.notify()
            lookup.waiting += 1
            return lookup

    def _hire(self) -> None:
        """One thread more. Where the kernel gives none those that are there do; without any that is our trouble."""
        try:
            threading.Thread(target=self._work, name="resolver", daemon=True).start()
        except RuntimeError:
            if not self._threads:
                raise
        else:
            self._threads += 1

    def _leave(self, lookup: _Lookup) -> None:
        """Forget a lookup that is not begun and not waited for: the queue never outgrows the callers."""
        with self._changed:
            lookup.waiting -= 1
            if not lookup.waiting and self._queue.get(lookup.host) is lookup:
                del self._queue[lookup.host]
                self._lookups.pop(lookup.host, None)

    def _remember(self, lookup: _Lookup) -> None:
        self._lookups.pop(lookup.host, None)
        if len(self._lookups) >= _REMEMBERED_MAX:
            done = (host for host, known in self._lookups.items() if known.done.is_set())
            self._lookups.pop(next(done, ""), None)
        self._lookups[lookup.host] = lookup

    def _work(self) -> None:
        while (lookup := self._next()) is not None:
            try:
                lookup.found = Trouble.NAMES
                lookup.found = tuple(dict.fromkeys(self._resolve(lookup.host)))
                lookup.good_until = monotonic() + _REMEMBERED_FOR
            except (OSError, UnicodeError) as error:  # nothing is remembered: the next check asks again
                lookup.found = _why_none(error)
            finally:
                lookup.done.set()

    def _next(self) -> _Lookup | None:
        with self._changed:
            self._threads_free += 1
            self._changed.wait_for(lambda: self._queue or self._closed)
            self._threads_free -= 1
            return None if self._closed else self._queue.pop(next(iter(self._queue)))


def _why_none(error: OSError | UnicodeError) -> tuple[str, ...] | Trouble:
    if isinstance(error, UnicodeError) or error.errno in _ABSENT:
        return ()
    return Trouble.LOCAL if error.errno in _OURS else Trouble.NAMES


def _ask_system(host: str) -> Sequence[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
