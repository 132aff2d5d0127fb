"""A postmaster of our own: our child, started ready or not at all, and gone when we are."""

import hashlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from supervisor.embedded.address import SOCKET, Address
from supervisor.embedded.guise import Setting, environment
from supervisor.embedded.log import last_words, opened
from supervisor.embedded.options import options
from supervisor.embedded.place import CURE, Place, refused, shown
from supervisor.embedded.residue import SOCKET_DIR_PREFIX, PidFile, end_residents, remove_socket_dir, waited
from supervisor.errors import BadConfig, Transient

_SUN_PATH_BYTES = 107  # of a unix socket's address, without the closing zero
_START_WITHIN = 60.0  # 0.03 s as a rule; the replay of a long log after a crash takes its time
_LOOK = "look at {}, or set database.embedded_dir to another directory"
STOP_WITHIN = 25.0  # 0.1 s as a rule
_LAST_SHARE = 0.2
_STOP_SHARES = ((signal.SIGINT, 0.6), (signal.SIGQUIT, 0.2), (signal.SIGKILL, _LAST_SHARE))


class Server:
    """Started by `Server.start` only, from the main thread; `stop` may be called more than once."""

    def __init__(self, process: subprocess.Popen[bytes], address: Address, place: Place, owner: int) -> None:
        self._process = process
        self._place = place
        self._owner = owner
        self.address = address

    @classmethod
    def start(cls, setting: Setting, place: Place, *, durable: bool) -> Self:
        """Start, and wait until connections are accepted. Only for the holder of the lock, after `settle`."""
        uid, gid = setting.guise.owner()
        address = Address(_socket_dir(place, uid, gid))
        arguments = options(address.socket_dir, major=setting.major, durable=durable)
        try:
            with opened(place.log, (uid, gid)) as log:
                process = subprocess.Popen(
                    setting.command(place.data, "postgres", "-D", str(place.data), *arguments),
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # a Ctrl-C on the terminal is ours to handle
                )
        except OSError as error:
            raise refused(place.log, error) from error
        server = cls(process, address, place, uid)
        try:
            server._wait_ready()
        except BaseException:
            server.stop()
            raise
        return server

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self, within: float = STOP_WITHIN) -> None:
        """End every session and the server; its files are consistent afterwards, however few seconds it has."""
        for number, share in _STOP_SHARES:
            if not self.alive():
                break
            self._process.send_signal(number)
            waited(lambda: not self.alive(), within * share)
        if self._process.returncode != 0:  # it was killed, by us or by another; its own children may still work
            end_residents(self._place.data, quick=within * _LAST_SHARE)
        remove_socket_dir(Path(self.address.socket_dir), owner=self._owner)

    def _wait_ready(self) -> None:
        if not waited(lambda: not self.alive() or self._ready(), _START_WITHIN):
            raise Transient(
                f"the embedded PostgreSQL was not ready within {_START_WITHIN:.0f} s",
                _LOOK.format(shown(self._place.log)),
            )
        if self.alive():
            return
        why = last_words(self._place.log) or f"exit code {self._process.returncode}"
        if self._process.returncode < 0:
            raise Transient(f"the embedded PostgreSQL was killed while it started ({why})", "start it again")
        raise BadConfig(
            f"the embedded PostgreSQL in {shown(self._place.data)} did not start ({why})",
            _LOOK.format(shown(self._place.log)),
        )

    def _ready(self) -> bool:
        said = PidFile.read(self._place.pid_file)
        ready = said is not None and said.pid == self._process.pid and said.state == "ready"
        return ready and Path(self.address.socket).exists()


def _socket_dir(place: Place, uid: int, gid: int) -> str:
    """The data directory itself, seen by every process that sees the data, unless libpq cannot name it."""
    directory = os.fspath(place.data)
    if _nameable(directory):
        return directory
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    for parent in (tempfile.gettempdir(), "/tmp", "/dev/shm"):  # noqa: S108 - a directory of our own in it
        path = f"{parent}/{SOCKET_DIR_PREFIX}{uid}-{digest}"
        if _nameable(f"{path}-12345678") and os.access(parent, os.W_OK):
            return _private(path, uid, gid)
    raise BadConfig(f"no directory for the socket of the embedded PostgreSQL: {shown(place.data)} is too long", CURE)


def _private(path: str, uid: int, gid: int) -> str:
    """Make the directory: under its known name, so that what a kill left is found; if that is taken, another."""
    remove_socket_dir(Path(path), owner=uid)
    try:
        Path(path).mkdir(mode=0o700)
    except FileExistsError:
        path = tempfile.mkdtemp(prefix=f"{path}-")
    if uid != os.geteuid():
        os.chown(path, uid, gid)
    return path


def _nameable(directory: str) -> bool:
    """Whether libpq can: it takes a comma for the end of a host; the kernel has room for so many bytes."""
    return "," not in directory and len(os.fsencode(f"{directory}/{SOCKET}")) <= _SUN_PATH_BYTES
