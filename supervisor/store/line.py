"""A connection that is lent: since when an answer is awaited on it, and how to cut it from another thread."""

import os
import socket
import time
from contextlib import suppress
from typing import Final

SILENT_S: Final = 30.0  # a server that lives ends a statement before that


class Line:
    """Of whoever has borrowed it. Its descriptor is its own, so that no other file can come to have the number.

    Where no descriptor is left it cannot be cut; the connection is lent all the same.
    """

    def __init__(self, fd: int) -> None:
        self._socket: socket.socket | None = None
        with suppress(OSError):
            self._socket = socket.socket(fileno=os.dup(fd))
        self._asked_at = time.monotonic()

    def asks(self) -> None:
        """A statement goes out now."""
        self._asked_at = time.monotonic()

    def end_silence(self) -> None:
        """Cut it where nothing has come back for too long: the call that waits there fails at last."""
        if self._socket is not None and time.monotonic() - self._asked_at > SILENT_S:
            with suppress(OSError):  # it is cut already
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
