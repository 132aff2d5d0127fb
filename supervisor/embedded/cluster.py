"""The embedded PostgreSQL as the rest of the house sees it: `ensure` it, use its address, `stop` it."""

import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from supervisor.embedded.address import Address
from supervisor.embedded.binaries import locate
from supervisor.embedded.creation import create
from supervisor.embedded.guise import choose
from supervisor.embedded.lock import Lock
from supervisor.embedded.place import Place, shown
from supervisor.embedded.residue import PidFile, settle
from supervisor.embedded.server import STOP_WITHIN, Server
from supervisor.errors import BadConfig, Fatal, Transient

_POLL = 0.01
_ATTACH_WITHIN = 60.0  # for another process that is just making or recovering the cluster
_CONNECT_WITHIN = 2.0


class Embedded:
    """One data directory. The process that starts the server owns it: it stops it, and the server dies with it.

    Another process attaches. When the owner ends, the server is gone; `ensure` then starts it anew, here.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True, bin_dir: Path | None = None) -> None:
        self._place = Place(data_dir)
        self._durable = durable
        self._bin_dir = bin_dir
        self._lock = Lock(self._place.lock)
        self._server: Server | None = None
        self._attached: Address | None = None

    @property
    def owned(self) -> bool:
        """Whether the server is ours to stop."""
        return self._server is not None

    def ensure(self, within: float = _ATTACH_WITHIN) -> Address:
        """The address of a server that accepts connections: this call made sure of it.

        Cheap where it is already so. Only the main thread may start a server, since the kernel ends it
        together with the thread that started it. `within` (seconds) bounds the wait for another process that is
        just making or starting the server. Raises BadConfig (a person must act) or Transient.
        """
        if self._server is not None:
            running = self._server.alive() and _answers(self._server.address)
            return self._server.address if running else self._start()
        if self._attached is not None and _answers(self._attached):
            return self._attached
        self._attached = None
        self._place.make_parent()
        end = time.monotonic() + within
        while not self._lock.acquired():
            self._attached = self._running()
            if self._attached is not None:
                return self._attached
            if time.monotonic() >= end:
                raise Transient(
                    f"another process holds {shown(self._place.lock)}, but its PostgreSQL is not ready",
                    "end that process, or wait for it",
                )
            time.sleep(_POLL)
        return self._start()

    @property
    def lost(self) -> bool:
        """Whether a server of ours has ended by itself."""
        return self._server is not None and not self._server.alive()

    def stop(self, within: float = STOP_WITHIN) -> None:
        """Stop the server if it is ours, else leave it alone; `ensure` may follow. `within`: seconds it has at most."""
        self._attached = None
        if self._server is not None:
            self._server.stop(within)
            self._server = None
        self._lock.release()

    def __enter__(self) -> Self:
        self.ensure()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> Address:
        try:
            self._server = self._started()
        except BaseException:
            self.stop()
            raise
        return self._server.address

    def _started(self) -> Server:
        if threading.current_thread() is not threading.main_thread():
            raise Fatal("the embedded PostgreSQL can only be started from the main thread")
        if self._server is not None:  # it died, and may have left something
            self._server.stop()
        made_with = self._place.version()
        if made_with is None:
            self._place.check_free()
        setting = choose(self._bin_dir or locate(), self._place)
        if made_with not in {None, str(setting.major)}:
            raise BadConfig(
                f"{shown(self._place.data)} was made by PostgreSQL {made_with}, "
                f"but the binaries in {shown(setting.bin_dir)} are PostgreSQL {setting.major}",
                f"set HEALTHSUP_PG_BIN to the bin directory of PostgreSQL {made_with}, or move the directory away",
            )
        self._place.adopt(setting.guise.owner())
        if made_with is None:
            create(setting, self._place, durable=self._durable)
        settle(self._place)
        return Server.start(setting, self._place, durable=self._durable)

    def _running(self) -> Address | None:
        """The address of the server that the holder of the lock runs, once it is ready."""
        said = PidFile.read(self._place.pid_file)
        if said is None or said.state != "ready":
            return None
        address = Address(said.socket_dir)
        return address if _answers(address) else None


def _answers(address: Address) -> bool:
    """Whether a server accepts connections there; it need not be in our pid namespace."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_CONNECT_WITHIN)
        try:
            client.connect(address.socket)
        except BlockingIOError:  # so many wait already
            return True
        except OSError:
            return False
    return True
