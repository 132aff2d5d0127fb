"""A launcher of puppets: a real `Worker` and a real wire with nobody behind them but the test."""

import os
from pathlib import Path
from types import SimpleNamespace

from supervisor.channel import Channel, Received
from supervisor.launcher import CLOSED, Ending
from supervisor.schedule import Claim
from supervisor.service.desk import Desk
from supervisor.service.orders import Orders, Reports
from supervisor.service.worker import Worker
from tests.helpers.puppet import Puppet
from workers import wire

BUILD = "0123456789abcdef"
PLACES = 2


class Strung(Puppet):
    """A puppet that stands where the launcher's child stands: it can be killed, and then be reaped."""

    def __init__(self, generation: int) -> None:
        super().__init__(generation, PLACES)
        self.pid = 1000 + generation
        self.build = BUILD
        self.identity = f"w-{generation}"
        self.pidfd = os.eventfd(0, os.EFD_CLOEXEC)
        self.stderr_fd = os.eventfd(0, os.EFD_CLOEXEC)
        self.killed = False
        self.end = "SIGKILL"  # by what it will have died
        self.last_words = ""

    def kill(self, _: int = 9) -> bool:
        if not self.killed:
            os.eventfd_write(self.pidfd, 1)
        self.killed = True
        return True

    def reap(self, within: float = 0.0) -> Ending | None:
        del within
        return Ending(self.end, None) if self.killed else None

    def read_stderr(self) -> str:
        return CLOSED

    def ran_out_of_memory(self, _: Ending) -> bool:
        return False

    def close(self) -> None:
        super().close()
        os.close(self.pidfd)
        os.close(self.stderr_fd)


class Theatre:
    """`say` is what the active puppet says; `died` and `settled` are what came of it."""

    def __init__(self, directory: Path) -> None:
        self.now = 100.0
        self.died: list = []
        self.settled: list = []
        self.struck: list = []
        self.puppets: list[Strung] = []
        self.channel = Channel(directory / "w.sock")
        self.desk = Desk(30.0)
        launcher = SimpleNamespace(
            spawn=self._spawn,
            nursery=SimpleNamespace(fd=None, pid=7, give_up=lambda _: None, deaths=[]),
            close=lambda: None,
        )
        orders = Orders(PLACES, self._setup, 5.0)
        reports = Reports(lambda claim, *_: self.settled.append(claim), self.died.append, 2)
        self.worker = Worker(self.channel, launcher, orders, self.desk, reports)
        self.worker.tick(self.now)

    def _spawn(self, _: str, generation: int, *__: object) -> Strung:
        self.puppets.append(Strung(generation))
        return self.puppets[-1]

    def _setup(self, generation: int) -> wire.Setup:
        return wire.Setup(wire.VERSION, generation, PLACES, 2, 30.0, 2.0, 5.0, 65536, True, {})

    @property
    def active(self) -> Strung:
        return self.worker.active.child

    def say(self, message: wire.ToSupervisor | None, *, who: Strung | None = None, complaint: str = "") -> None:
        self.worker.hear(Received((who or self.active).identity, message, complaint), self.now)

    def hello(self, who: Strung, **changes) -> wire.Hello:
        given = {"version": wire.VERSION, "generation": who.generation, "pid": who.pid, "build": BUILD}
        return wire.Hello(**(given | changes))

    def get_ready(self, who: Strung | None = None) -> Strung:
        """The active one, or the one given, up to its first job."""
        who = who or self.active
        self.say(self.hello(who), who=who)
        self.say(wire.Ready(who.generation), who=who)
        return who

    def get_spare(self) -> Strung:
        self.now += 1.0
        self.worker.tick(self.now)
        return self.worker.spare.child

    def give(self, *checks: int, user: int = 1) -> wire.Job:
        """Hand a job out to the active puppet."""
        self.desk.put([Claim(check, 1, user, "openai", "production", "x", 0.0) for check in checks], probe=True)
        before = set(self.desk.in_flight)
        self.worker.send(PLACES, self.now)
        (job,) = set(self.desk.in_flight) - before
        return self.desk.in_flight[job].parcel.job

    def bury(self) -> None:
        """Let the loop find who is dead, or about to be."""
        self.worker.readable(frozenset(puppet.pidfd for puppet in self._alive() if puppet.killed), self.now)

    def faults(self, who: Strung, dump: bytes = b"Fatal Python error: Segmentation fault\n in place_00\n") -> None:
        """Let its fault handler be heard; it is not dead yet."""
        who.say(dump)
        self.worker.readable(frozenset({who.dump.fd}), self.now)
        self.worker.tick(self.now)

    def answer(self, job: wire.Job, who: Strung | None = None) -> None:
        """Every check of the job is well, as the active puppet says it, or the one given."""
        who = who or self.active
        answers = tuple(wire.Answer(job.job, one.check, one.attempt, wire.Reason.OK, 5, "fine") for one in job.checks)
        self.say(wire.Answers(who.generation, answers), who=who)

    def _alive(self) -> list[Strung]:
        return [hand.child for hand in self.worker._hands()]

    def close(self) -> None:
        self.worker.close()
        self.channel.close()
