"""The worker that crashes on command: an entry module of its own, for tests and `chaos`.

`python -m workers.faults zygote …` forks the real worker with three rooms wrapped: a credential whose decrypted text
holds `fault-KIND-PHASE` (for instance `sk-fault-segv-decrypt-x`) makes the place that opens it do KIND when it reaches
PHASE (`sent`: right after its answer was handed over; `unseal`: where the vault lets in only so many at once). Nothing
imports this module, and only a Python argument of the launcher names it: no configuration, no environment and no
message can start it.

`python -m workers.faults seal` makes the ciphertexts for that: a JSON object a line in, a ciphertext a line out.
"""

import ctypes
import os
import re
import resource
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from workers import attacks, sandbox, serve, zygote
from workers.flight import Page, Pen
from workers.loop import Window
from workers.secret import Secret
from workers.vault import Layout, Opened, Vault, read_key
from workers.vault.formats import Sealed
from workers.verdict import Verdict
from workers.wire import Job, Phase

_MARK: Final = re.compile(r"fault-(?P<kind>[a-z]+)-(?P<phase>[a-z]+)")
_ROOM_BYTES: Final = 256 << 20
_GULP_BYTES: Final = 1 << 24
_GULPS: Final = 40
_armed = threading.local()


def _starve() -> None:
    """Allocate until a room somewhat larger than what it has is full; another place may have filled it."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_ROOM_BYTES, hard))
    hoard = []
    while True:
        hoard.append(bytearray(_GULP_BYTES))  # zeroes that nobody touched take no memory, only addresses


def _bloat() -> None:
    """The same, but end as native code ends: by abort, which itself needs no room."""
    try:
        _starve()
    except MemoryError:
        os.abort()


def _gorge() -> None:
    """Take real memory until the kernel ends it; where nothing bounds it, not more than a part of a machine."""
    hoard = [b"x" * _GULP_BYTES for _ in range(_GULPS)]
    raise MemoryError(f"{len(hoard)} gulps, and nobody minded")


class _Fuse:
    def __del__(self) -> None:
        ctypes.string_at(0)


def _drop() -> None:
    fuse = _Fuse()
    del fuse


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)
    threading.Event().wait(60)  # the signal reaches this thread a moment later


def _raise_error() -> None:
    raise RuntimeError("sk-a-secret-in-an-exception")


KINDS: Final[dict[str, Callable[[], object]]] = {
    "segv": lambda: ctypes.string_at(0),
    "abort": lambda: ctypes.CDLL(None).abort(),
    "bus": lambda: signal.raise_signal(signal.SIGBUS),
    "ill": lambda: signal.raise_signal(signal.SIGILL),
    "fpe": lambda: signal.raise_signal(signal.SIGFPE),
    "exit": lambda: os._exit(3),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": _stop,
    "hang": lambda: ctypes.PyDLL(None).pause(),  # a native call that keeps the interpreter's lock
    "block": lambda: ctypes.CDLL(None).pause(),  # one that lets the others go on
    "starve": _starve,
    "bloat": _bloat,
    "gorge": _gorge,
    "drop": _drop,
    "error": _raise_error,
    "attack": lambda: attacks.run(_armed.order),
}


def _spring(phase: str) -> None:
    kind, at = getattr(_armed, "trap", ("", ""))
    if at == phase and kind in KINDS:
        _armed.trap = ("", "")
        KINDS[kind]()


class _Vault(Vault):
    def open(self, ciphertext: str) -> Opened | Verdict:
        opened = super().open(ciphertext)
        values = {} if isinstance(opened, Verdict) else opened._values  # noqa: SLF001 - the mark may be in any field
        _armed.order = str(values.get("order", "[]"))  # for `attack`
        found = _MARK.search(" ".join(value for value in values.values() if isinstance(value, str)))
        _armed.trap = (found["kind"], found["phase"]) if found else ("", "")
        _spring(Phase.DECRYPT)
        return opened

    def _unseal(self, sealed: Sealed) -> bytes | None:
        plaintext = super()._unseal(sealed)
        if found := _MARK.search((plaintext or b"").decode("utf-8", "replace")):
            _armed.trap = (found["kind"], found["phase"])
            _spring("unseal")
        return plaintext


class _Pen(Pen):
    def stamp(self, phase: Phase) -> None:
        super().stamp(phase)
        _spring(phase)


class _Page(Page):
    def pen(self, place: int) -> Pen:
        return _Pen(self._memory, place)


class _Window(Window):
    def run(self, place: int, job: Job) -> None:
        super().run(place, job)
        _spring("sent")


def _seal() -> int:
    vault = Vault(read_key(None, os.environ))
    for line in sys.stdin:
        sys.stdout.write(f"{vault.seal(Secret(line), Layout.GCM)}\n")
    return 0


def main(argv: list[str]) -> int:
    """The worker's own entry, with the wrapped rooms in the places of the real ones."""
    command, *rest = argv
    if command == "seal":
        return _seal()
    assert command == "zygote"
    parent, *rest = rest
    sandbox.die_with_parent(int(parent))
    for name, room in (("Vault", _Vault), ("Page", _Page), ("Window", _Window)):
        setattr(serve, name, room)
    return zygote.main(rest, partial(serve.main, context=serve.prepared()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
