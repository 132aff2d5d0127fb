"""The worker's end of the wire: one DEALER, owned by the main thread, and a box into which places drop answers."""

import os
import time
from collections import deque
from typing import Final, Self

import zmq

from workers import wire

_CROWD: Final = 16  # owed beside those in the box, begun or not: a place that is through may idle for a moment
_GATHER_S: Final = 0.005  # a message of ten answers costs both ends hardly more than one of two
_BATCH: Final = 128  # answers in one message: well below `wire.MAX_ANSWERS_BYTES`


class Channel:
    """Connects to the supervisor under a routing id that is this generation's alone.

    `post` may be called from any thread; everything else from the owner's. `owed`: checks taken in and not answered.
    """

    def __init__(self, endpoint: str, identity: str, generation: int) -> None:
        self.owed = 0
        self._generation = generation
        self._context = zmq.Context(io_threads=1)
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.set(zmq.IDENTITY, identity.encode())
        self._socket.set(zmq.LINGER, 1000)
        self._socket.set(zmq.SNDHWM, 0)  # answers are bounded by what was handed out
        self._socket.set(zmq.RCVHWM, 0)  # as are jobs
        self._socket.connect(endpoint)
        self._answers: deque[bytes] = deque()
        self._rung = False
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._bell, zmq.POLLIN)

    def post(self, answer: bytes) -> None:
        """Hand over an encoded answer; the owner's next turn sends it."""
        self._answers.append(answer)
        if not self._rung:
            self.ring()

    def ring(self) -> None:
        """Wake the owner."""
        self._rung = True
        os.eventfd_write(self._bell, 1)

    def send(self, message: wire.ToSupervisor) -> None:
        self._socket.send(wire.encode(message))

    def wait(self, within: float) -> bytes | None:
        """Wait for one message, or send what is in the box; None when no message came within the seconds given."""
        ready = dict(self._poller.poll(int(within * 1000)))
        if self._socket in ready:  # jobs first: places wait for them
            return self._socket.recv()
        if self._bell in ready:
            os.eventfd_read(self._bell)
            if len(self._answers) > 1 and self.owed - len(self._answers) >= _CROWD:
                time.sleep(_GATHER_S)
            self._rung = False  # before the box is looked into: whoever comes later rings again
            self._send_answers()
        return None

    def _send_answers(self) -> None:
        while self._answers:
            some = tuple(self._answers.popleft() for _ in range(min(len(self._answers), _BATCH)))
            self.owed -= len(some)
            self._socket.send(wire.encode_answers(self._generation, some))

    def close(self) -> None:
        self._send_answers()
        self._socket.close()
        self._context.term()
        os.close(self._bell)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """After a failure the wire ends with the process: a worker that is cut off and lives is taken for a rogue."""
        if kind is None:
            self.close()
