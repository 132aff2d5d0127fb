"""The zygotes: one is started before anything else, asked for workers, buried when it dies, replaced when outdated."""

import ctypes
import errno
import math
import os
import select
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from supervisor.errors import Transient
from supervisor.launcher.command import worker_environment
from supervisor.launcher.zygote import Zygote
from workers import program as worker_program
from workers import wire

_PR_SET_CHILD_SUBREAPER: Final = 36
_ANSWER_WITHIN_S: Final = 10.0  # a zygote that was only just started does its imports first
_ENDED_WITHIN_S: Final = 1.0  # a worker that was killed


class Nursery:
    """One zygote forks at a time; a new one is started when a worker is asked for and there is none.

    Must be used by the main thread: the kernel ends a zygote together with the thread that started it. This
    process becomes the reaper of its grandchildren, should a zygote die before its workers.
    """

    def __init__(self, environ: Mapping[str, str], program: str, *, confined: bool = True) -> None:
        self._environ = worker_environment(environ)
        self._program = program
        self._options = () if confined else ("--sandbox=off",)
        self.deaths: list[str] = []  # of zygotes, by their last words, until somebody has told of them
        self._endings: dict[int, int] = {}
        self._retiring: Zygote | None = None  # replaced; lives until its last worker is reaped
        self._next: Zygote | None = None  # has still to show that it is of use
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._now: Zygote | None = self._start()

    @property
    def pid(self) -> int | None:
        return self._now.pid if self._now is not None else None

    @property
    def fd(self) -> int | None:
        """Readable when the zygote has something to tell, or has ended."""
        return self._now.fd if self._now is not None else None

    @property
    def build(self) -> str:
        """Of the workers that are forked now."""
        return self._now.build if self._now is not None else ""

    # --- workers -----------------------------------------------------------------------------------------------------

    def fork(self, arguments: list[str], fds: list[int]) -> tuple[int, int]:
        """A new worker's pid and pidfd. Raise `Transient` when there is none to be had."""
        try:
            zygote = self._now = self._now or self._start()
            zygote.ask(arguments, fds)
            end = time.monotonic() + _ANSWER_WITHIN_S
            while True:
                message, received = self._receive(zygote, end - time.monotonic())
                if isinstance(message, wire.NotForked):
                    raise _none_can_be_made(message.errno)
                if isinstance(message, wire.Forked):
                    if not received:  # there is no room for its pidfd here
                        self._end_unwatched(message.pid)
                        raise _none_can_be_made(errno.EMFILE)
                    return message.pid, received[0]
        except (OSError, wire.BadMessage) as error:
            if self._now is not None:
                self._lose(self._now)
            raise Transient("the zygote made no worker", "a new one is started") from error

    def listen(self) -> None:
        """Take in what they have to tell; one that has ended is buried."""
        for zygote in self._zygotes():
            try:
                while zygote.readable(0.0):
                    self._receive(zygote, 0.0)
            except (OSError, wire.BadMessage):
                self._lose(zygote)
        self._let_go()

    def ending(self, pid: int, within: float) -> int | None:
        """A dead worker's exit code or minus its signal; None when it is not reaped within the seconds given."""
        end = time.monotonic() + within
        while pid not in self._endings:
            left = end - time.monotonic()
            zygote = self._zygote_of(pid)
            if zygote is None:
                return _reap_orphan(pid, left)
            try:
                if not zygote.readable(left):
                    return None
                self._receive(zygote, left)
            except (OSError, wire.BadMessage):
                self._lose(zygote)
        self._let_go()
        return self._endings.pop(pid)

    # --- zygotes -----------------------------------------------------------------------------------------------------

    def successor(self) -> Zygote | None:
        """A zygote beside the one of now, where the program on disk is another; None where it is the same.

        It has still to say who it is: then it succeeds, or is withdrawn. Raise `Transient` when none can be made.
        """
        self.listen()
        try:
            if self._now is not None and worker_program.digest() == self._now.build:
                return None
            if self._retiring is not None:
                raise Transient("workers of the program before are still at work", "reload again when they are done")
            self._next = self._start()
        except OSError as error:
            cause = f"the worker's program on disk cannot be started ({error.strerror})"
            raise Transient(cause, "reload again when that is mended") from error
        return self._next

    def succeed(self) -> None:
        """From now on the successor forks; the one of before lives until its last worker is reaped."""
        self._retiring, self._now, self._next = self._now, self._next, None
        self._let_go()

    def withdraw(self) -> None:
        """End the successor, if there is one."""
        if self._next is not None:
            self._next.end()
            self._next = None

    def give_up(self, pid: int) -> None:
        """End the zygote that hangs and does not reap this worker: without it, that is ours to do."""
        if (zygote := self._zygote_of(pid)) is not None:
            self._lose(zygote)

    def bury(self) -> None:
        """End every zygote, and with it every worker it has forked."""
        self.withdraw()
        for zygote in self._zygotes():
            zygote.end()
        self._retiring = self._now = None

    def _start(self) -> Zygote:
        return Zygote(self._program, self._options, self._environ)

    def _zygotes(self) -> list[Zygote]:
        return [one for one in (self._retiring, self._now) if one is not None]

    def _zygote_of(self, pid: int) -> Zygote | None:
        return next((one for one in self._zygotes() if pid in one.forked), None)

    def _lose(self, zygote: Zygote) -> None:
        self.deaths.append(zygote.end())
        if zygote is self._now:
            self._now = None
        else:
            self._retiring = None

    def _let_go(self) -> None:
        """End the one that was replaced, when nobody of its workers is left: that is no death."""
        if self._retiring is not None and not self._retiring.forked:
            self._retiring.end()
            self._retiring = None

    def _end_unwatched(self, pid: int) -> None:
        with suppress(ProcessLookupError):  # the zygote has reaped it by itself
            os.kill(pid, signal.SIGKILL)
        self.ending(pid, _ENDED_WITHIN_S)

    def _receive(self, zygote: Zygote, within: float) -> tuple[wire.FromZygote, list[int]]:
        message, fds = zygote.receive(within)
        if isinstance(message, wire.Forked):
            self._endings.pop(message.pid, None)  # of another that had the number before
        if isinstance(message, wire.Ended):
            self._endings[message.pid] = message.code
        return message, fds


def _none_can_be_made(number: int) -> Transient:
    return Transient(f"no worker can be made ({os.strerror(number)})", "raise the limit it has met")


def _reap_orphan(pid: int, within: float) -> int | None:
    """A worker whose zygote died is our child now."""
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
        if not done and within > 0:
            _await_end(pid, within)
            done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return -signal.SIGKILL  # its zygote's death is the one thing it could have died of
    return os.waitstatus_to_exitcode(status) if done else None


def _await_end(child: int, within: float) -> None:
    pidfd = os.pidfd_open(child)
    try:
        waiting = select.poll()
        waiting.register(pidfd, select.POLLIN)
        waiting.poll(math.ceil(within * 1000))
    finally:
        os.close(pidfd)
