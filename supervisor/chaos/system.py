"""The system under test as it is seen from outside: its log, its processes, and a hand that can reach them."""

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Final

from supervisor.chaos.faults import Blow
from supervisor.errors import Fatal
from supervisor.stage import Daemon, Event

PROGRAM: Final = (
    "from pathlib import Path\n"
    "from supervisor import service\n"
    "from supervisor.config.load import load\n"
    "sys.exit(service.run(load(Path(sys.argv[2]), os.environ), program='workers.faults'))\n"
)
"""`run`, with the worker's module named in Python: there is no other way."""

_READY_WITHIN_S: Final = 60.0
_BOOT_WITHIN_S: Final = 0.4
_NAP_S: Final = 0.001


class System:
    """`died`: deaths by generation; `complaints`: what some did against the contract; `zygotes`: their deaths.

    `retried`: (user, api) that run again alone. `takeovers`: how often a spare became the active worker, which may be
    told before the death that it is for.
    """

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.died: Counter[int] = Counter()
        self.complaints: dict[int, str] = {}
        self.zygotes = 0
        self.takeovers = 0
        self.retried: set[tuple[int, str]] = set()
        self.active: int | None = None
        self.spare: int | None = None
        self._held: dict[int, int] = {}  # pid -> pidfd: the number cannot come to be another's

    @property
    def kills(self) -> int:
        return self.died.total() + self.zygotes

    def listen(self, within: float) -> None:
        """Take in what it has logged."""
        for event in self.daemon.read(within):
            self._hear(event)

    def _hear(self, event: Event) -> None:
        match event["event"]:
            case "worker.ready":
                self._hold(event["pid"])
                if event.get("role") == "active":
                    self.active = event["pid"]
                else:
                    self.spare = event["pid"]
            case "worker.promoted":
                self.active, self.spare = event["pid"], None
                self.takeovers += 1
            case "worker.died":
                self.died[event["generation"]] += 1
                if event["complaint"]:
                    self.complaints[event["generation"]] = event["complaint"]
                self._let_go(event["pid"])
            case "worker.retired":
                self._let_go(event["pid"])
            case "zygote.died":
                self.zygotes += 1
            case "check.retried":
                self.retried.add((event["user_id"], event["api"]))
            case _:
                pass

    def await_ready(self) -> None:
        """Until a worker and a spare are there."""
        until = time.monotonic() + _READY_WITHIN_S
        while self.active is None or self.spare is None:
            if time.monotonic() > until:
                raise Fatal("the supervisor has no worker and spare in time")
            self.listen(0.1)

    def strike(self, blow: Blow, name: str) -> bool:
        """Deal a blow to whoever it is for; False when nobody is there."""
        number = signal.Signals[name]
        match blow:
            case Blow.ACTIVE | Blow.IDLE:
                return self._kill(self.active, number)
            case Blow.SPARE:
                return self._kill(self.spare, number)
            case Blow.FROZEN:
                return self._kill(self.spare, signal.SIGSTOP)
            case Blow.BOTH:
                spared = not self._kill(self.spare, signal.SIGKILL)
                return self._kill(self.active, signal.SIGKILL) or not spared
            case Blow.ZYGOTE:
                return any(_signal(pid, number) for pid in self._zygote())
            case Blow.BOOTING:
                return self._kill_booting()
            case Blow.CUT:
                return False  # the database's

    def _kill(self, pid: int | None, number: int) -> bool:
        if pid is None or pid not in self._held:
            return False
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._held[pid], number)
            return True
        return False

    def _kill_booting(self) -> bool:
        """The next child of the zygote that has not said it is ready."""
        until = time.monotonic() + _BOOT_WITHIN_S
        while time.monotonic() < until:
            for zygote in self._zygote():
                for pid in children(zygote):
                    self.listen(0.0)  # it may have become ready while we looked, and have somebody in hand
                    if pid not in self._held:
                        return _signal(pid, signal.SIGKILL)
            self.listen(_NAP_S)
        return False

    def _zygote(self) -> list[int]:
        return [pid for pid in children(self.daemon.pid) if b"\0zygote\0" in _command_line(pid)]

    def _hold(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            self._let_go(pid)
            self._held[pid] = os.pidfd_open(pid)

    def _let_go(self, pid: int) -> None:
        if pid in self._held:
            os.close(self._held.pop(pid))
        self.active = None if self.active == pid else self.active
        self.spare = None if self.spare == pid else self.spare

    def close(self) -> None:
        for pid in list(self._held):
            self._let_go(pid)


def size(pid: int) -> tuple[float, int]:
    """A process's resident memory in MiB and its open descriptors."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / (1 << 20), sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def children(parent: int) -> list[int]:
    """The processes whose parent that one is."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and _parent((entry / "stat").read_bytes()) == parent:
                found.append(int(entry.name))
    return found


def _parent(stat: bytes) -> int:
    return int(stat.rpartition(b")")[2].split()[1])


def _command_line(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _signal(pid: int, number: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False
