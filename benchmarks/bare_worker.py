"""For `supervision.py`: the worker that leaves out, for the bare blocks of jobs, what serves nothing but its death.

That is: each check's begin, the stamps and the kept answers of the flight page; and what its main thread does for the
page and its last words once a second. An entry module of its own, as `workers.faults` is: no setting leads here.
"""

import sys
from functools import partial

from workers import sandbox, serve, zygote
from workers.loop import Window
from workers.wire import Job, Phase, encode

ORDER = ("with", "bare", "with", "with", "bare", "with", "with", "with")
"""Of blocks, again and again; every second pair is the same twice."""


def is_bare(number: int) -> bool:
    """Both processes count blocks from 0, by the jobs' own numbers, which begin with 1."""
    return ORDER[number % len(ORDER)] == "bare"


class _Window(Window):
    block: int
    bare_now = False

    def run(self, place: int, job: Job) -> None:
        _Window.bare_now = is_bare((job.job - 1) // self.block)
        run = self._bare if _Window.bare_now else super().run
        run(place, job)

    def _bare(self, place: int, job: Job) -> None:
        for check in job.checks:
            if self._leaving:
                break
            self._post(encode(self._look.at(job.job, check, _nothing)))
        self._done[place] += 1  # else more places are opened than there is work for


class _Vitals(serve._Vitals):
    def show(self, now: float, oldest: float, deadline: float) -> None:
        if not _Window.bare_now:
            super().show(now, oldest, deadline)


def _nothing(_: Phase) -> None:
    pass


def main(argv: list[str]) -> int:
    """`BLOCK zygote PARENT …`."""
    block, _, parent, *rest = argv
    sandbox.die_with_parent(int(parent))
    _Window.block = int(block)
    serve.Window, serve._Vitals = _Window, _Vitals
    return zygote.main(rest, partial(serve.main, context=serve.prepared()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
