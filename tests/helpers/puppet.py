"""A model of a worker process: it works on a real flight page and has a wire that dies with it."""

import os

from supervisor.launcher.dump import Dump
from workers.flight import Page
from workers.wire import Answer, Check, Job, Phase, Reason, encode

_WAY = (Phase.DECRYPT, Phase.VALIDATE, Phase.CONNECT, Phase.PROBE, Phase.REPORT)


class Puppet:
    """Stands where a `Child` stands. Each place does one step at a time: a phase, the finish in the page, the send."""

    pid = 1

    def __init__(self, generation: int, places: int) -> None:
        self.generation = generation
        self.page, fd = Page.create(places)
        os.close(fd)
        self.dump = Dump()
        self.draining = False
        self.wire: list[Answer] = []
        self._places: dict[int, list[tuple[Job, Check, Phase | None]]] = {place: [] for place in range(places)}

    def say(self, dump: bytes) -> None:
        """What its fault handler writes."""
        os.write(self.dump.theirs, dump)

    def close(self) -> None:
        os.close(self.dump.theirs)
        self.dump.close()
        self.page.close()

    def put(self, job: Job) -> None:
        """The job goes to a free place: there always is one."""
        place = next(place for place, way in self._places.items() if not way)
        self._places[place] = [(job, check, phase) for check in job.checks for phase in (*_WAY, None)]

    @property
    def at_work(self) -> list[int]:
        return [place for place, way in self._places.items() if way]

    @property
    def drained(self) -> bool:
        return self.draining and not self.at_work

    def check_of(self, place: int) -> int:
        """The check that is begun there and not finished; 0 between two."""
        stamped = self.page.places()[place]
        job, check, _ = self._places[place][0]
        return check.check if (stamped.job, stamped.check) == (job.job, check.check) else 0

    def work(self, steps: list[int]) -> None:
        """So many steps of each place; the last for a check keeps the answer, and then puts it on the wire."""
        for place, count in enumerate(steps):
            for _ in range(min(count, len(self._places[place]))):
                self._step(place)

    def _step(self, place: int) -> None:
        job, check, phase = self._places[place].pop(0)
        pen, finished = self.page.pen(place), job.checks.index(check)
        if phase is Phase.DECRYPT:
            pen.begin(job.job, check.check, 1.0, finished)
            return
        if phase is not None:
            pen.stamp(phase)
            return
        answer = Answer(job.job, check.check, check.attempt, Reason.OK, 5, "fine")
        pen.finish(finished, encode(answer))
        self.wire.append(answer)
        if not self._places[place]:
            pen.stamp(Phase.IDLE)

    def take_wire(self) -> list[Answer]:
        taken, self.wire = self.wire, []
        return taken
