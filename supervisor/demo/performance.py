"""The demonstration from beginning to end."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, Never

from rich.console import Console

from supervisor.demo.cast import FEWEST, cast
from supervisor.demo.play import play
from supervisor.demo.review import expected, review
from supervisor.demo.show import Progress, show
from supervisor.demo.stage import stage
from supervisor.errors import Exit, Fatal

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(users: int, crash: bool, console: Console) -> int:  # noqa: FBT001 - the command line calls it
    """Play it and print the result on `console`; progress goes to stderr.

    0 when everything came out as it had to, else 70. Leaves no process and no file, interrupted or not.
    """
    if users < FEWEST:
        raise Fatal(f"{users} users are too few", f"{FEWEST} show every kind", exit_code=Exit.USAGE)
    started = time.monotonic()
    players = cast(users)
    progress = Progress(Console(stderr=True))
    with _signals_unwind(), stage(players, progress) as at:
        doing = "checking everyone, and killing the worker in the middle" if crash else "checking everyone"
        with progress.counting(doing, len(expected(at.players))) as count:
            told = play(at.config, at.environ, at.shop, crash=crash, progress=count.one_more)
        reviewed = review(at.players, told, at.shop.ledger(), crash=crash)
    show(console, reviewed, told, time.monotonic() - started)
    return Exit.INTERNAL if reviewed.problems else Exit.OK


@contextmanager
def _signals_unwind() -> Iterator[None]:
    """The first signal that would end us unwinds the stack; what comes while we clear away is not heeded."""

    def unwind(number: int, _frame: FrameType | None) -> Never:
        for other in _ENDING:
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    before = {number: signal.signal(number, unwind) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
