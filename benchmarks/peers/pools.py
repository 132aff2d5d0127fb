"""The peers with futures, one worker each: ProcessPoolExecutor, loky, pebble.

This module imports nothing of the job: a peer's parent is as light as a supervisor should be, unless the row says
that it is preloaded.
"""

import multiprocessing
import os
import time
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from typing import Any


def call(number: int, ciphertext: str) -> str:
    import job

    return job.run(number, ciphertext)


def warm() -> None:
    import job

    job.tools()


class Ticket:
    """A submitted job; `done_at` is when the parent held its result."""

    def __init__(self, future: Future[str]) -> None:
        self._future = future
        self.done_at = 0.0
        future.add_done_callback(self._stamp)

    def _stamp(self, _: object) -> None:
        self.done_at = time.monotonic()

    def wait(self, within: float) -> str:
        """`ok`, or the error's text; `TimeoutError` when neither comes."""
        try:
            self._future.result(within)
        except TimeoutError:
            if not self._future.done():
                raise
            return repr(self._future.exception())
        except (Exception, CancelledError) as error:
            attributes = {name: getattr(error, name) for name in ("exitcode", "pid") if hasattr(error, name)}
            return f"{error!r} {attributes or ''}".strip()
        while not self.done_at:  # callbacks run a moment after waiters wake
            time.sleep(0)
        return "ok"


class Pool:
    """`recreates`: after a crash the whole pool is unusable and a new one is made."""

    recreates = True
    times_out = False

    def __init__(self, variant: str) -> None:
        self.variant = variant
        self._pool: Any = None

    def open(self) -> None:
        self._pool = self._new()

    def submit(self, number: int, ciphertext: str, deadline: float | None = None) -> Ticket:
        del deadline  # it knows none
        return Ticket(self._pool.submit(call, number, ciphertext))

    def close(self) -> None:
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def forget(self) -> None:
        """Give up a broken pool without waiting for it."""
        self._pool.shutdown(wait=False)

    @property
    def parent(self) -> int:
        return os.getpid()

    def _new(self) -> Any:
        if self.variant == "fork, preloaded":
            warm()
        method = self.variant.split(",")[0]
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload(["job"])
        return ProcessPoolExecutor(1, context, initializer=warm)


class Loky(Pool):
    def _new(self) -> Any:
        return import_module("loky").ProcessPoolExecutor(1, initializer=warm)

    def forget(self) -> None:
        self._pool.shutdown(wait=False, kill_workers=True)

    def close(self) -> None:
        self._pool.shutdown(wait=True, kill_workers=True)


class Pebble(Pool):
    recreates = False
    times_out = True

    def _new(self) -> Any:
        return import_module("pebble").ProcessPool(1, initializer=warm)

    def submit(self, number: int, ciphertext: str, deadline: float | None = None) -> Ticket:
        return Ticket(self._pool.schedule(call, args=(number, ciphertext), timeout=deadline))

    def close(self) -> None:
        self._pool.stop()
        self._pool.join(10)


__all__ = ["BrokenProcessPool", "Loky", "Pebble", "Pool", "Ticket", "call"]
