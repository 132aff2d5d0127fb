"""One JSON object in, one out, over a unix socket that only our own user can reach.

The server never blocks the loop: it accepts, reads and answers what is ready; a peer that says nothing is dropped.
"""

import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from supervisor.control.directory import SOCKET_NAME, find_running
from supervisor.errors import HealthsupError, Transient

_MAX_BYTES: Final = 4096
_MAX_PEERS: Final = 32
_SILENT_FOR_S: Final = 5.0
Reply = dict[str, Any]


class Server:
    """Listens in the private directory. `answer` gets a request and a function to reply with, now or later."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / SOCKET_NAME
        self._peers: dict[int, tuple[socket.socket, float]] = {}  # with the moment each came, monotonic seconds
        if _is_alive(self._path):
            raise Transient(
                f"another healthsup run is at work in {directory}",
                "stop it first, or set another control.dir",
            )
        self._path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._listener.bind(str(self._path))
        self._path.chmod(0o600)
        self._listener.listen(8)

    @property
    def fd(self) -> int:
        """The listening descriptor."""
        return self._listener.fileno()

    def accept(self) -> int | None:
        """A new peer's descriptor to be watched, or None."""
        try:
            peer, _ = self._listener.accept()
        except OSError:
            return None
        if len(self._peers) >= _MAX_PEERS:
            peer.close()
            return None
        peer.settimeout(0.0)
        self._peers[peer.fileno()] = (peer, time.monotonic())
        return peer.fileno()

    def silent(self) -> list[int]:
        """Peers that have said nothing for too long: to be forgotten and dropped."""
        now = time.monotonic()
        return [fd for fd, (_, came_at) in self._peers.items() if now - came_at > _SILENT_FOR_S]

    def drop(self, fd: int) -> None:
        peer, _ = self._peers.pop(fd)
        peer.close()

    def owns(self, fd: int) -> bool:
        return fd in self._peers

    def read(self, fd: int) -> tuple[Reply | None, Callable[[Reply], None]]:
        """The request that a peer has sent (None: nonsense) and the function that answers and ends the talk."""
        peer, _ = self._peers.pop(fd)
        try:
            request = json.loads(peer.recv(_MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            request = None

        def reply(answer: Reply) -> None:
            with peer:
                try:
                    peer.settimeout(2.0)
                    peer.sendall(json.dumps(answer).encode() + b"\n")
                except OSError:
                    return  # the command went away

        return (request if isinstance(request, dict) else None), reply

    def close(self) -> None:
        for peer, _ in self._peers.values():
            peer.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)


def ask(
    configured: str | None, request: Reply, *, within: float = 30.0, environ: Mapping[str, str] | None = None
) -> Reply:
    """Send a request to the running supervisor and wait for its answer. Raise `Transient` when there is none."""
    path = find_running(configured, os.environ if environ is None else environ)
    if path is None:
        raise _nobody()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(within)
        try:
            peer.connect(str(path))
            peer.sendall(json.dumps(request).encode())
            with peer.makefile("rb") as answers:
                line = answers.readline(1 << 20)
        except (ConnectionRefusedError, FileNotFoundError):
            raise _nobody() from None
        except OSError as error:
            raise Transient(f"the running supervisor does not answer ({error})", "look at its log") from error
    if not line:
        raise Transient("the running supervisor ended while it was asked", "look at its log")
    answer: Reply = json.loads(line)
    return answer


def _is_alive(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _nobody() -> HealthsupError:
    return Transient("no running supervisor was found", "start one with `healthsup run`, or name its control.dir")
