"""Job → open → validate → probe → answer: the places of the window, one thread each, opened as they are needed.

Each place runs a function of its own name (`place_07`): the fault handler's dump carries no thread id, only the
faulting stack, and so names the place. A place is given its next job only when the supervisor has every answer of
the one before.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from types import FunctionType
from typing import Final, NoReturn

from workers.flight import Page
from workers.look import Look, for_the_page
from workers.probe import Prober
from workers.secret import Secret
from workers.vault import Layout, Vault
from workers.wire import Check, Job, Phase, encode

CRASHED: Final = 70  # the exit code of a worker in which something failed that nobody expected
_STACK_BYTES: Final = 512 * 1024
_REHEARSALS: Final = 8  # then the interpreter has made its bytecode special to what it meets


class Window:
    """The places. `post` receives each answer, encoded, from the place's own thread."""

    def __init__(
        self,
        *,
        places: int,
        vault: Vault,
        prober: Prober,
        page: Page,
        look: Look,
        post: Callable[[bytes], None],
    ) -> None:
        self._vault = vault
        self._prober = prober
        self._pens = [page.pen(place) for place in range(places)]
        self._look = look
        self._post = post
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._leaving = False
        self._since = [0.0] * places  # when each place began its check; 0: idle
        self._put = 0
        self._done = [0] * places  # jobs, of each place: written by its own thread only
        threading.stack_size(_STACK_BYTES)
        self._threads = [self._start(0)]

    def rehearse(self) -> None:
        """Let the first place make whole checks, of a made-up credential; nobody is asked, and nobody is told.

        A first run is several times dearer than a second: modules, caches, and in a forked process nearly every
        page that it touches is copied. A spare has the time for it, the job that follows a crash has not.
        """
        over = threading.Event()
        post, self._post = self._post, lambda _: over.set()
        with self._prober.rehearsing():
            for number in range(_REHEARSALS):
                over.clear()
                self._jobs.put(self._made_up(number))
                self._put += 1
                over.wait()  # without a bound of ours: who does not get ready is ended
        self._post = post

    def _made_up(self, number: int) -> Job:
        """Each of another account, as an account may be asked only so often; job and check are nobody's."""
        ciphertext = self._vault.seal(Secret(f'{{"apiKey": "sk-rehearsal-{number:020}"}}'), Layout.GCM)
        return Job(0, 0, (Check(0, 0, "openai", "production", ciphertext, probe=True),))

    def put(self, job: Job) -> None:
        """Queue a job. A place is opened when all others may be taken: each makes a killed worker's end longer."""
        self._jobs.put(job)
        self._put += 1
        number = len(self._threads)
        if number < len(self._since) and number < self._put - sum(self._done) and not self._leaving:
            with suppress(RuntimeError):  # no room for its stack: the job waits for another place
                self._threads.append(self._start(number))

    def drain(self) -> None:
        """Let each place finish the check it is at, then end it; does not wait. The rest of its job is not done."""
        self._leaving = True
        for _ in self._threads:
            self._jobs.put(None)

    def oldest(self, now: float) -> float:
        """When the check that is at work longest began (monotonic seconds); now, when none is."""
        return min((since for since in self._since if since), default=now)

    @property
    def busy(self) -> bool:
        """Whether any place still runs."""
        return any(thread.is_alive() for thread in self._threads)

    def _start(self, number: int) -> threading.Thread:
        name = f"place_{number:02d}"
        code = _place.__code__.replace(co_name=name, co_qualname=name)
        function = FunctionType(code, _place.__globals__, name)
        thread = threading.Thread(target=function, args=(self, number), name=name, daemon=True)
        thread.start()
        return thread

    def take_job(self) -> Job | None:
        return self._jobs.get()

    def run(self, place: int, job: Job) -> None:
        """Every check of one user, one after another."""
        pen = self._pens[place]
        for finished, check in enumerate(job.checks):
            if self._leaving:
                break
            since = self._since[place] = time.monotonic()
            pen.begin(job.job, check.check, since, finished)
            answer = self._look.at(job.job, check, pen.stamp)
            encoded = encode(answer)
            pen.finish(finished, for_the_page(answer, encoded))
            self._post(encoded)
        self._since[place] = 0.0
        pen.stamp(Phase.IDLE)  # its answers stay, should they be lost on the way
        self._done[place] += 1


def _place(window: Window, number: int) -> None:
    try:
        while (job := window.take_job()) is not None:
            window.run(number, job)
    except BaseException:  # noqa: BLE001 - the last edge of the thread: the rest of its job would wait for a deadline
        give_up()


def give_up() -> NoReturn:
    """End the process for the exception that is at hand, the wire and everything else left as it stands.

    By an exit, which names nobody: when memory has run out, the one that meets it need not be the one that took it.
    """
    try:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(CRASHED)  # to tell it may fail too
