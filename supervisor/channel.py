"""The supervisor's end of the wire: one ROUTER, and the one poller on which the loop waits."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import zmq

from supervisor.errors import BadConfig
from workers import wire

_MOST_FRAMES: Final = 256  # read in one turn: the loop also has deadlines to keep
_MOST_WAITING: Final = 64  # frames of one worker in our memory; beyond that it waits
_MOST_COMPLAINT: Final = 160
_MAX_PATH_BYTES: Final = 107  # of a unix socket


@dataclass(frozen=True, slots=True)
class Wake:
    """Why the wait ended: descriptors that can be read, and whether messages are there. Empty: time is up."""

    fds: frozenset[int]
    messages: bool


@dataclass(frozen=True, slots=True)
class Received:
    """One frame with the routing id it came under; `message` is None where it was no message of the contract."""

    identity: str
    message: wire.ToSupervisor | None
    complaint: str = ""


class Channel:
    """Binds a socket file in the private directory; used by the loop's thread alone."""

    def __init__(self, path: Path) -> None:
        if len(str(path).encode()) > _MAX_PATH_BYTES:
            raise BadConfig(
                f"the socket path {path} is longer than {_MAX_PATH_BYTES} bytes",
                "set control.dir to a shorter one",
            )
        self._path = path
        self.endpoint = f"ipc://{path}"
        self._context = zmq.Context(io_threads=1)
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.set(zmq.LINGER, 0)
        self._socket.set(zmq.ROUTER_MANDATORY, 1)
        self._socket.set(zmq.MAXMSGSIZE, wire.MAX_ANSWERS_BYTES)
        self._socket.set(zmq.SNDHWM, 0)  # bounded by the window
        self._socket.set(zmq.RCVHWM, _MOST_WAITING)
        self.departures = 0  # connections that ended
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._socket.bind(self.endpoint)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)

    def watch(self, fd: int) -> None:
        """Wake the loop when `fd` can be read."""
        self._poller.register(fd, zmq.POLLIN)

    def forget(self, fd: int) -> None:
        self._poller.unregister(fd)

    def wait(self, within: float) -> Wake:
        """Wait for a message or a watched descriptor, at most so many seconds."""
        ready = dict(self._poller.poll(math.ceil(max(0.0, within) * 1000)))
        messages = ready.pop(self._socket, 0) != 0
        if ready.pop(self._monitor, 0):
            self._count_departures()
        return Wake(frozenset(fd for fd in ready if isinstance(fd, int)), messages)

    def receive(self) -> Iterator[Received]:
        """The messages that are there, at most a bounded number of them."""
        for _ in range(_MOST_FRAMES):
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            yield _decode(frames)

    def send(self, identity: str, message: wire.ToWorker) -> bool:
        """Hand a message to the worker of that routing id; False when it is not connected."""
        try:
            self._socket.send_multipart((identity.encode(), wire.encode(message)), zmq.NOBLOCK)
        except zmq.ZMQError:
            return False
        return True

    def reaches(self, identity: str) -> bool:
        """Whether the worker of that routing id is connected; it gets a message that changes nothing."""
        return self.send(identity, wire.Budgets(()))

    def _count_departures(self) -> None:
        try:
            while self._monitor.recv_multipart(zmq.NOBLOCK):
                self.departures += 1
        except zmq.Again:
            return

    def close(self) -> None:
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=0)
        self._context.term()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _decode(frames: list[bytes]) -> Received:
    identity = frames[0].decode("ascii", "replace")
    if len(frames) != 2:  # noqa: PLR2004 - identity and one frame
        return Received(identity, None, f"{len(frames) - 1} frames instead of one")
    try:
        return Received(identity, wire.decode_for_supervisor(frames[1]))
    except wire.BadMessage as error:
        return Received(identity, None, str(error)[:_MOST_COMPLAINT])
