"""What somebody who has taken a worker over would try: run inside the real, confined worker by `faults`, for tests.

An order is a JSON array of [name, argument] pairs; each attempt is told on stderr as one line, [name, argument, what
came of it]: "done", or the error's name. Whatever succeeds is undone, so that the next attempt finds the same worker;
where it cannot be, the attack is the last of its worker.
"""

import errno
import json
import os
from collections.abc import Callable
from typing import Final

from workers.attacks import calls, files, itself, network, processes

ATTACKS: Final[dict[str, Callable[[str], object]]] = {
    "syscall": calls.call,
    **network.ATTACKS,
    **files.ATTACKS,
    **processes.ATTACKS,
    **itself.ATTACKS,
}


def run(order: str) -> None:
    """Try one after another."""
    for name, argument in json.loads(order):
        os.write(2, (json.dumps([name, argument, attempt(name, argument)]) + "\n").encode())


def attempt(name: str, argument: str) -> str:
    """What came of it, in one word."""
    try:
        ATTACKS[name](argument)
    except MemoryError:
        return "ENOMEM"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, type(error).__name__)
    return "done"
