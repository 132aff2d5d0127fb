"""One zygote as the supervisor holds it: its process, its pair, what it leaves on stderr, whom it has forked."""

import os
import select
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Final

from supervisor.launcher.command import worker_command
from workers import wire
from workers.flight import sealed_memory

_MAX_STDERR_BYTES: Final = 8192


class Zygote:
    """`build` is what its program says of itself, empty before it has. `forked` are those it has not reaped yet.

    Must be made by the main thread: the kernel ends it together with the thread that started it.
    """

    def __init__(self, program: str, options: Sequence[str], environ: Mapping[str, str]) -> None:
        self.build = ""
        self.forked: set[int] = set()
        with ExitStack() as stack:
            self._stderr_fd = sealed_memory("healthsup-zygote", _MAX_STDERR_BYTES)  # nobody reads it before the end
            stack.callback(os.close, self._stderr_fd)
            self._pair, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            stack.callback(self._pair.close)
            with theirs:
                numbers = (str(os.getpid()), str(theirs.fileno()))
                self._process = subprocess.Popen(
                    worker_command("zygote", *numbers, *options, program=program),
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._stderr_fd,
                    pass_fds=(theirs.fileno(),),
                    cwd="/",
                    start_new_session=True,
                )
            self._to_close = stack.pop_all()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def fd(self) -> int:
        """Readable when it has something to tell, or has ended."""
        return self._pair.fileno()

    def ask(self, arguments: Sequence[str], fds: list[int]) -> None:
        """For one worker; what comes of it is received."""
        socket.send_fds(self._pair, [wire.encode(wire.Fork(tuple(arguments)))], fds)

    def readable(self, within: float) -> bool:
        return bool(select.select([self._pair], [], [], max(0.0, within))[0])

    def receive(self, within: float) -> tuple[wire.FromZygote, list[int]]:
        """Its next message. Raise `OSError` when none comes, or it has ended; `BadMessage` for anything else."""
        if not self.readable(within):
            raise TimeoutError
        datagram, fds, _, _ = socket.recv_fds(self._pair, wire.MAX_ZYGOTE_BYTES, 1)
        if not datagram:
            raise ConnectionResetError
        message = wire.decode_from_zygote(datagram)
        match message:
            case wire.Born(build=build):
                self.build = build
            case wire.Forked(pid=pid):
                self.forked.add(pid)
            case wire.Ended(pid=pid):
                self.forked.discard(pid)
            case _:
                pass
        return message, fds

    def complaint(self, within: float) -> str | None:
        """Why its program is not to be used, if it is not: the first that it says is whose it is. In any thread."""
        try:
            message, _ = self.receive(within)
            fits = isinstance(message, wire.Born) and message.version == wire.VERSION
        except wire.BadMessage:
            fits = False
        except OSError:
            said = self.last_words() or "it does not say why"
            return f"the worker's program on disk does not start ({said}): install it again; the old one stays in force"
        if fits:
            return None
        return "the worker's program on disk is not this supervisor's: restart healthsup; the old one stays in force"

    def last_words(self) -> str:
        """The newest line on its stderr."""
        said = os.pread(self._stderr_fd, _MAX_STDERR_BYTES, 0).partition(b"\0")[0]
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def end(self) -> str:
        """End it, and with it every worker it has forked; its last words."""
        self._process.kill()
        self._process.wait()
        words = self.last_words()
        self._to_close.close()
        return words
