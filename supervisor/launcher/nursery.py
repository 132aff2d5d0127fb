"""The supervisor's side of the zygote: started before anything else, asked for workers, buried when it dies."""

import ctypes
import errno
import math
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from supervisor.errors import Transient
from supervisor.launcher.command import worker_command, worker_environment
from workers import wire
from workers.flight import sealed_memory

_PR_SET_CHILD_SUBREAPER: Final = 36
_MAX_STDERR_BYTES: Final = 8192
_ANSWER_WITHIN_S: Final = 10.0  # a zygote that was only just started does its imports first
_ENDED_WITHIN_S: Final = 1.0  # a worker that was killed


class Nursery:
    """One zygote at a time; a new one is started when a worker is asked for and there is none.

    Must be used by the main thread: the kernel ends the zygote together with the thread that started it. This
    process becomes the reaper of its grandchildren, should the zygote die before its workers.
    """

    def __init__(self, environ: Mapping[str, str], program: str, *, confined: bool = True) -> None:
        self._environ = worker_environment(environ)
        self._program = program
        self._options = () if confined else ("--sandbox=off",)
        self.last_words = ""  # the newest line that a zygote left on stderr when it ended
        self._process: subprocess.Popen[bytes] | None = None
        self._pair: socket.socket | None = None
        self._endings: dict[int, int] = {}
        self._stderr_fd = -1
        self._forked: set[int] = set()  # by the zygote of now, not reaped by it yet
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._start()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def fd(self) -> int | None:
        """Readable when the zygote has something to tell, or has ended."""
        return self._pair.fileno() if self._pair is not None else None

    def fork(self, arguments: list[str], fds: list[int]) -> tuple[int, int]:
        """A new worker's pid and pidfd. Raise `Transient` when there is none to be had."""
        try:
            if self._pair is None:
                self._start()
            assert self._pair is not None
            socket.send_fds(self._pair, [wire.encode(wire.Fork(tuple(arguments)))], fds)
            end = time.monotonic() + _ANSWER_WITHIN_S
            while True:
                message, received = self._receive(end - time.monotonic())
                if isinstance(message, wire.NotForked):
                    raise _none_can_be_made(message.errno)
                if isinstance(message, wire.Forked):
                    if not received:  # there is no room for its pidfd here
                        self._end_unwatched(message.pid)
                        raise _none_can_be_made(errno.EMFILE)
                    return message.pid, received[0]
        except (OSError, wire.BadMessage) as error:
            self.bury()
            raise Transient("the zygote made no worker", "a new one is started") from error

    def listen(self) -> None:
        """Take in what it has to tell; one that has ended is buried."""
        try:
            while self._pair is not None and self._readable(0.0):
                self._receive(0.0)
        except (OSError, wire.BadMessage):
            self.bury()

    def ending(self, pid: int, within: float) -> int | None:
        """A dead worker's exit code or minus its signal; None when it is not reaped within the seconds given."""
        end = time.monotonic() + within
        while pid not in self._endings:
            if pid not in self._forked:
                return _reap_orphan(pid, end - time.monotonic())
            left = end - time.monotonic()
            try:
                if not self._readable(max(0.0, left)):
                    return None
                self._receive(left)
            except (OSError, wire.BadMessage):
                self.bury()
        return self._endings.pop(pid)

    def bury(self) -> None:
        """End the zygote, and with it every worker it has forked."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._stderr_fd >= 0:
            said = os.pread(self._stderr_fd, _MAX_STDERR_BYTES, 0).partition(b"\0")[0]
            os.close(self._stderr_fd)
            self._stderr_fd = -1
            lines = said.decode("utf-8", "replace").strip().splitlines()
            self.last_words = lines[-1] if lines else ""
        if self._pair is not None:
            self._pair.close()
            self._pair = None
        self._forked.clear()

    def _start(self) -> None:
        self._stderr_fd = sealed_memory("healthsup-zygote", _MAX_STDERR_BYTES)  # nobody reads it before the end
        self._pair, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            numbers = (str(os.getpid()), str(theirs.fileno()))
            self._process = subprocess.Popen(
                worker_command("zygote", *numbers, *self._options, program=self._program),
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr_fd,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                start_new_session=True,
            )

    def _end_unwatched(self, pid: int) -> None:
        with suppress(ProcessLookupError):  # the zygote has reaped it by itself
            os.kill(pid, signal.SIGKILL)
        self.ending(pid, _ENDED_WITHIN_S)

    def _readable(self, within: float) -> bool:
        assert self._pair is not None
        return bool(select.select([self._pair], [], [], within)[0])

    def _receive(self, within: float) -> tuple[wire.FromZygote, list[int]]:
        assert self._pair is not None
        if not self._readable(max(0.0, within)):
            raise TimeoutError
        datagram, fds, _, _ = socket.recv_fds(self._pair, wire.MAX_ZYGOTE_BYTES, 1)
        if not datagram:
            raise ConnectionResetError
        message = wire.decode_from_zygote(datagram)
        if isinstance(message, wire.Forked):
            self._forked.add(message.pid)
            self._endings.pop(message.pid, None)  # of another that had the number before
        if isinstance(message, wire.Ended):
            self._endings[message.pid] = message.code
            self._forked.discard(message.pid)
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
