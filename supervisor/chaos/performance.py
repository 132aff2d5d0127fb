"""The storm from beginning to end."""

import json
import random
import time
from contextlib import ExitStack, closing

from rich.console import Console

from supervisor.chaos.cast import cast
from supervisor.chaos.show import Meter, show
from supervisor.chaos.stage import scene, sections
from supervisor.chaos.storm import Storm
from supervisor.chaos.system import PROGRAM, System
from supervisor.errors import Exit, Fatal
from supervisor.stage import Daemon, Interruption, Progress, configure


def main(kills: int, seed: int, as_json: bool, console: Console) -> int:  # noqa: FBT001 - the command line calls it
    """Rage and print the ledger on `console`; progress goes to stderr.

    0 when nothing was lost, stored twice or blamed wrongly, else 1. Leaves no process and no file, interrupted or not.
    """
    err = Console(stderr=True)
    dice = random.Random(seed)  # noqa: S311 - a storm that can be had again
    with Interruption() as interruption, scene(cast(dice), Progress(err), interruption) as where, ExitStack() as exits:
        config = configure(where.at, sections(8))
        with interruption.held():
            daemon = exits.enter_context(Daemon(config, where.at.environ, program=PROGRAM))
        system = exits.enter_context(closing(System(daemon)))
        storm = Storm(where, system, dice)
        started = time.monotonic()
        with Meter(err, kills, seed) as meter:
            storm.rage(kills, meter.show)
        seconds = time.monotonic() - started
        if code := storm.end():
            err.print(f"the supervisor ended with {code}", markup=False)
        if as_json:
            console.out(json.dumps(_told(storm, seed, seconds)), highlight=False)
        show(err if as_json else console, storm, seed, seconds)
    if code and storm.ledger.clean:
        raise Fatal(f"the supervisor ended with {code}, and everything was stored")
    return Exit.OK if storm.ledger.clean else Exit.NO


def _told(storm: Storm, seed: int, seconds: float) -> dict[str, float]:
    ledger = storm.ledger
    return {
        "seed": seed,
        "kills": storm.system.kills,
        "jobs": ledger.jobs,
        "lost": ledger.lost,
        "stored_twice": ledger.stored_twice,
        "misblamed": ledger.misblamed,
        "innocents_failed": ledger.innocents_failed,
        "seconds": round(seconds, 1),
    }
