"""What the fault handler of one worker says, through a pipe: its first words are here while the kernel still buries it.

What was written stays in the pipe after its writer's death. A full pipe refuses what is written, and holds nobody up.
"""

import os
import re
from typing import Final

_KEPT_BYTES: Final = 65_536  # the newest
_MOST_BYTES: Final = 1 << 20  # of a worker's life
_FAULT: Final = b"Fatal Python error"  # last words of a hang begin otherwise: who says them may live on
_LINES: Final = 40
_STACK: Final = re.compile(r"^(?=(?:Thread|Current thread) 0x)", re.MULTILINE)
_IDLE: Final = " in take_job\n"


class Dump:
    """`fd` is to be watched until `take_in` says that nothing more will come; `theirs` goes to the worker."""

    def __init__(self) -> None:
        self.fd, self.theirs = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._said = bytearray()
        self._heard = 0

    @property
    def faulting(self) -> bool:
        """Whether it has told of a fault, after which no worker lives on that is honest."""
        return _FAULT in self._said

    def take_in(self) -> bool:
        """Read what is there; False at the end, or when it has said as much as anybody listens to."""
        try:
            while self._heard < _MOST_BYTES:
                if not (data := os.read(self.fd, _KEPT_BYTES)):
                    return False
                self._heard += len(data)
                self._said = (self._said + data)[-_KEPT_BYTES:]
        except BlockingIOError:
            return True
        return False

    def read(self) -> bytes:
        """The newest of what it has said so far; empty when it said nothing."""
        self.take_in()
        return bytes(self._said)

    def close(self) -> None:
        os.close(self.fd)


def describe_dump(dump: bytes) -> str | None:
    """The fault handler's text for a row of `crashes`: bounded, printable, file and function names only.

    The stacks of idle places say nothing, and there may be hundreds: they are left out.
    """
    text = dump.decode("ascii", "replace").strip()
    stacks = [stack for stack in _STACK.split(text) if _IDLE not in stack]
    kept = "".join(stacks).splitlines()[:_LINES]
    shown = ("".join(char if char.isprintable() else "?" for char in line[:200]) for line in kept)
    return "\n".join(shown) or None
