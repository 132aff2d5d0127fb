"""What the service manager hears of us (sd_notify). Without one every word goes nowhere, and nothing else changes.

The protocol is one datagram of `NAME=value` lines and guaranteed to stay so: sd_notify(3).
"""

import socket
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Final

from supervisor.telemetry.log import printable

_SEND_WITHIN_S: Final = 1.0
_EXTEND_BY_S: Final = 60
_EXTEND_EVERY_S: Final = 15.0
_EXTENSIONS: Final = 240  # an hour: a start that takes longer is one that hangs


class Manager:
    """Takes its variables out of `environ`: a child that inherited them could speak in our name.

    `watchdog_s` is how long we may be silent before we are killed; None: nobody watches.
    """

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        address = environ.pop("NOTIFY_SOCKET", "")
        watchdog_usec = environ.pop("WATCHDOG_USEC", "")
        environ.pop("WATCHDOG_PID", None)
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) if address else None
        if self._socket is not None:
            self._socket.settimeout(_SEND_WITHIN_S)
        watched = self._socket is not None and watchdog_usec.isdigit()
        self.watchdog_s = int(watchdog_usec) / 1e6 if watched else None

    def tell(self, **words: str | int) -> None:
        """Send words like `READY=1`. A manager that does not listen is nothing that we could mend."""
        if self._socket is not None:
            lines = [f"{name}={printable(str(value))}" for name, value in words.items()]
            with suppress(OSError):
                self._socket.sendto("\n".join(lines).encode(), self._address)

    @contextmanager
    def patience(self) -> Iterator[None]:
        """While this is entered the manager's time limit of a start moves on, for an hour at the most."""
        done = threading.Event()
        thread = threading.Thread(target=self._extend, args=(done,), name="patience", daemon=True)
        if self._socket is not None:
            thread.start()
        try:
            yield
        finally:
            done.set()
            if thread.ident is not None:
                thread.join()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _extend(self, done: threading.Event) -> None:
        for _ in range(_EXTENSIONS):
            self.tell(EXTEND_TIMEOUT_USEC=_EXTEND_BY_S * 1_000_000)
            if done.wait(_EXTEND_EVERY_S):
                return
