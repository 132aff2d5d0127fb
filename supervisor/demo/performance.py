"""The demonstration from beginning to end."""

import time

from rich.console import Console

from supervisor.demo.cast import FEWEST, cast
from supervisor.demo.play import play
from supervisor.demo.review import expected, review
from supervisor.demo.show import show
from supervisor.demo.stage import stage
from supervisor.errors import Exit, Fatal
from supervisor.stage import Interruption, Progress


def main(users: int, crash: bool, console: Console) -> int:  # noqa: FBT001 - the command line calls it
    """Play it and print the result on `console`; progress goes to stderr.

    0 when everything came out as it had to, else 70. Leaves no process and no file, interrupted or not.
    """
    if users < FEWEST:
        raise Fatal(f"{users} users are too few", f"{FEWEST} show every kind", exit_code=Exit.USAGE)
    started = time.monotonic()
    players = cast(users)
    progress = Progress(Console(stderr=True))
    with Interruption() as interruption, stage(players, progress, interruption) as at:
        doing = "checking everyone, and killing the worker in the middle" if crash else "checking everyone"
        with progress.counting(doing, len(expected(at.players))) as count:
            told = play(at, interruption, crash=crash, progress=count.one_more)
        reviewed = review(at.players, told, at.shop.ledger(), crash=crash)
    show(console, reviewed, told, time.monotonic() - started)
    return Exit.INTERNAL if reviewed.problems else Exit.OK
