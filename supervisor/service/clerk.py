"""A thread that makes store calls one after another, and again while the database is away.

It decides nothing: the loop submits a call with what to do with the result, and runs that itself when the bell
rings. A call that the database refuses is repeated with a growing pause until it succeeds or the clerk is told to
leave; every call must therefore be safe to repeat.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final

from supervisor.errors import HealthsupError

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
Call = Callable[[], Any]
Then = Callable[[Any], None]


class Bell:
    """An eventfd that wakes the loop. A thread that is still stuck when it is closed may ring it later, in vain."""

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._closing = threading.Lock()
        self._closed = False

    def ring(self) -> None:
        with self._closing:  # the number may be another file's by then
            if not self._closed:
                os.eventfd_write(self.fd, 1)

    def silence(self) -> None:
        try:
            os.eventfd_read(self.fd)
        except BlockingIOError:
            return

    def close(self) -> None:
        with self._closing:
            self._closed = True
            os.close(self.fd)


class Clerk:
    """`trouble` becomes the error's text while the database is away, None when it is back."""

    def __init__(self, name: str, bell: Bell) -> None:
        self.trouble: str | None = None
        self.failure: BaseException | None = None
        self._bell = bell
        self._todo: SimpleQueue[tuple[Call, Then] | None] = SimpleQueue()
        self._done: deque[tuple[Then, Any]] = deque()
        self._leave = threading.Event()
        self._open = 0
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether every submitted call has come back and been dealt with."""
        return self._open == 0

    def submit(self, call: Call, then: Then = lambda _: None) -> None:
        self._open += 1
        self._todo.put((call, then))

    def deliver(self) -> None:
        """Run, in the loop's thread, what was to be done with finished calls. Raise what a call raised for good."""
        while self._done:
            then, result = self._done.popleft()
            self._open -= 1
            then(result)
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure

    def leave(self, within: float) -> bool:
        """End the thread: no call is repeated any more. False when one is still stuck after so many seconds."""
        self._leave.set()
        self._todo.put(None)
        self._thread.join(within)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (item := self._todo.get()) is not None:
            call, then = item
            pause = _FIRST_PAUSE
            while True:
                try:
                    self._done.append((then, call()))
                except HealthsupError as error:  # whatever it is, it was well at the start: a person may mend it
                    self._say(error.cause)
                    if self._leave.wait(pause):
                        return
                    pause = min(pause * 2, _LONGEST_PAUSE)
                    continue
                except Exception as error:  # noqa: BLE001 - the thread's edge: the loop must hear of it
                    self.failure = error
                    self._bell.ring()
                    return
                break
            self._say(None)
            self._bell.ring()

    def _say(self, trouble: str | None) -> None:
        if (self.trouble is None) != (trouble is None):
            self.trouble = trouble
            self._bell.ring()
