"""What does supervision cost while nothing goes wrong?

Passes over the same users, in blocks: with and without what is there only for the worker's death. In the worker
(`bare_worker.py`) that is the begin, the stamps and the kept answers in the flight page, its vitals and last words; in
the supervisor the checks' deadlines and the watch over wire, memory and resolver. A block begins when the one before is
answered, so both sides of a pair come from the same two processes, a moment apart. What is printed is the median of
the pairs' ratios. Every second pair is one with supervision twice: what it shows is noise.
"""

import argparse
import os
import random
import statistics
import sys
import time
from functools import partial
from itertools import chain, pairwise

from bare_worker import ORDER, is_bare
from setting import ROOT, Setting, machine, setting

from supervisor import service
from supervisor.config.load import load
from supervisor.launcher import zygote
from supervisor.service import once
from supervisor.service.loop import Loop
from workers.wire import Job

_GOAL_PERCENT = 2.0
_BLOCKS = {1: 100, 64: 400}  # window → users
_WARM_UP = len(ORDER)  # blocks
_PASSES = 4  # over the same users: many more of them would measure the database
_RESAMPLED = 2000
_FIGURES = ("CPU of the worker", "CPU of the supervisor", "CPU of both", "wall time")

Pair = tuple[tuple[float, ...], tuple[float, ...]]
"""Seconds, in the order of `_FIGURES`; with supervision first."""


class TurnedLoop(Loop):
    """Leaves out the supervisor's part in bare blocks, and notes what stands on the clocks at each border."""

    block: int
    borders: list[tuple[float, ...]]

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self._take, self._left = self.desk.take, self.block
        self.desk.take = self.take

    def take(self, window: int, now: float) -> list[Job]:
        """Nothing of the next block before all of the last is answered."""
        if not self._left:
            if self.desk.in_flight:
                return []
            self._left = self.block
            self._border()
        jobs = self._take(min(window, len(self.desk.in_flight) + self._left), now)
        self._left -= len(jobs)
        return jobs

    def _border(self) -> None:
        worker, own = cpu_of(self.worker.active.child.pid), time.process_time()
        self.borders.append((worker, own, worker + own, time.monotonic()))
        left_out = (
            (self.desk.in_flight, "overdue", lambda _: ()),
            (self.desk.in_flight, "next_deadline", lambda: None),
            (self.worker._watch, "look", lambda *_: None),
            (self.worker._resolver, "replaced", lambda _: ""),
        )
        for room, name, instead in left_out:
            if is_bare(len(self.borders)):
                setattr(room, name, instead)
            else:
                vars(room).pop(name, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=25, metavar="N", help="of blocks in each of four passes")
    parser.add_argument("--window", type=int, choices=_BLOCKS, help="only this one")
    parser.add_argument("--latency-ms", type=float, default=0.0, metavar="N", help="of the stand-in; 0 is the harshest")
    given = parser.parse_args()
    machine()
    with setting(latency_s=given.latency_ms / 1000) as bench:
        os.environ.update(bench.environ)
        for window in [given.window] if given.window else _BLOCKS:
            block = _BLOCKS[window]
            bench.configure(worker={"window": window, "window_max": 64}, log={"level": "warning"})
            bench.grow((4 * given.pairs + _WARM_UP + 2) * block)
            bench.settle()
            passes = [measured(bench, block) for _ in range(_PASSES)]
            turns, noise = (list(chain.from_iterable(kind)) for kind in zip(*passes, strict=True))
            print(f"\nwindow {window}, {len(turns)} pairs of {block} users, and {len(noise)} of the same twice")
            tell(turns, noise, block)
            machine()


def measured(bench: Setting, block: int) -> tuple[list[Pair], list[Pair]]:
    """One pass: the pairs with and without, and those of the same twice."""
    TurnedLoop.block, TurnedLoop.borders = block, []
    once.Loop = TurnedLoop
    zygote.worker_command = partial(bare_worker, str(block))
    service.check(load(bench.config, bench.environ), service.CheckRequest(), lambda _: None)
    borders = TurnedLoop.borders[_WARM_UP - 1 :]
    took = [tuple(end - begin for begin, end in zip(one, other, strict=True)) for one, other in pairwise(borders)]
    pairs = list(zip(took[::2], took[1::2], strict=False))
    turns = [pair[::-1] if is_bare(4 * number) else pair for number, pair in enumerate(pairs[::2])]
    return turns, pairs[1::2]


def bare_worker(*arguments: str, **_: str) -> list[str]:
    """As the launcher starts the worker's program; this one is named here alone."""
    return [sys.executable, "-I", str(ROOT / "benchmarks/bare_worker.py"), *arguments]


def tell(turns: list[Pair], noise: list[Pair], block: int) -> None:
    for number, name in enumerate(_FIGURES):
        users_us = [statistics.median(one[side][number] for one in turns) / block * 1e6 for side in (0, 1)]
        more, low, high = dearer(turns, number)
        same, same_low, same_high = dearer(noise, number)
        print(
            f"{judged(low, high)}  {name:21} {more:+6.2f} % ({low:+.2f} to {high:+.2f}; goal ≤ {_GOAL_PERCENT:g} %),"
            f" {users_us[0]:.1f} against {users_us[1]:.1f} µs a user;"
            f" the same twice {same:+.2f} % ({same_low:+.2f} to {same_high:+.2f})"
        )


def judged(low: float, high: float) -> str:
    """Decided only where all of the interval says so."""
    return "met        " if high <= _GOAL_PERCENT else "MISSED     " if low > _GOAL_PERCENT else "not decided"


def dearer(pairs: list[Pair], number: int) -> tuple[float, float, float]:
    """Per cent more with supervision: the median of the pairs' ratios, and its 95 % interval by resampling them."""
    ratios = [(one[number] / other[number] - 1) * 100 for one, other in pairs]
    drawn = random.Random(1)
    medians = sorted(statistics.median(drawn.choices(ratios, k=len(ratios))) for _ in range(_RESAMPLED))
    return statistics.median(ratios), medians[_RESAMPLED // 40], medians[-1 - _RESAMPLED // 40]


def cpu_of(pid: int) -> float:
    """Seconds of CPU of another process, to the nanosecond: the kernel's number of its clock."""
    return time.clock_gettime((~pid << 3) | 2)


if __name__ == "__main__":
    main()
