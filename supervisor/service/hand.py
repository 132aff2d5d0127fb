"""One worker process as the loop holds it: what it has said, what it was killed for, its stderr."""

import logging
import math
from dataclasses import dataclass, field
from typing import Final

from supervisor.blame import Work
from supervisor.channel import Channel
from supervisor.launcher import CLOSED, Child
from supervisor.telemetry import event

_MAX_LINES: Final = 100
_FAULT_ENDS_WITHIN_S: Final = 1.0


@dataclass(slots=True)
class Hand:
    """`killed_for`: the checks whose deadline had passed; `complaint`: what it did against the contract."""

    child: Child
    spawned_at: float
    greeted: bool = False
    ready: bool = False
    confinement: tuple[str, ...] = ()
    killed_for: tuple[Work, ...] = ()
    complaint: str = ""
    stderr_closed: bool = False
    lines: int = 0  # of its stderr that were taken in
    unsaid: list[str] = field(default_factory=list)
    dump_closed: bool = False
    faulted_at: float | None = None  # when its fault handler was heard first
    fault_ended: bool = False
    still_since: float | None = None  # the first look at which it stood still
    stands_still: bool = False  # and was killed for it
    gone: bool = False  # its process has ended; it may not be reaped yet
    told_to_stop: bool = False  # it closes its wire, and ends
    dismissed: bool = False  # killed by plan: it was not needed any more
    jobs: int = 0  # handed to it
    completed_at: float = -math.inf  # when we last heard that it had completed a check

    @property
    def condemned(self) -> bool:
        """Whether it has ended, was killed, or tells of a fault that does it: only its burial is awaited."""
        killed = self.killed_for or self.complaint or self.stands_still
        return bool(self.gone or killed or self.faulted_at is not None)

    def protest(self, complaint: str) -> None:
        """Kill it for something that the contract does not allow."""
        if not self.complaint:
            self.complaint = complaint
            self.child.kill()

    @property
    def fault_ends_at(self) -> float | None:
        """When one that tells of a fault and lives on is killed."""
        if self.faulted_at is None or self.fault_ended:
            return None
        return self.faulted_at + _FAULT_ENDS_WITHIN_S

    def end_fault(self, now: float) -> None:
        """Kill it if its fault should have killed it by now."""
        if (at := self.fault_ends_at) is not None and now >= at:
            self.fault_ended = True
            self.child.kill()

    def watch(self, channel: Channel) -> None:
        channel.watch(self.child.pidfd)
        channel.watch(self.child.stderr_fd)
        channel.watch(self.child.dump.fd)

    def listen_for_faults(self, channel: Channel, now: float) -> None:
        """Take in what its fault handler says, up to the first words of a fault; the rest is read after its death."""
        if self.dump_closed:
            return
        more = self.child.dump.take_in()
        if self.child.dump.faulting:
            self.faulted_at = now
        if not more or self.child.dump.faulting:
            channel.forget(self.child.dump.fd)
            self.dump_closed = True

    def listen(self, channel: Channel) -> None:
        """Take in what it says on stderr; what it says beyond a bound in its life is thrown away."""
        if self.stderr_closed:
            return
        text = self.child.read_stderr()
        if text == CLOSED:
            channel.forget(self.child.stderr_fd)
            self.stderr_closed = True
            return
        for line in text.splitlines():
            if line.strip() and self.lines < _MAX_LINES:
                self.lines += 1
                self.unsaid.append(line)
        if self.ready:
            self.speak()

    def speak(self) -> None:
        """Log what it has said. Before it is ready this waits: a missing key is told by its one line alone."""
        for line in self.unsaid:
            event("worker.stderr", logging.WARNING, generation=self.child.generation, line=line)
        self.unsaid.clear()

    def let_go(self, channel: Channel) -> None:
        """Give everything back after its burial."""
        if not self.stderr_closed:
            channel.forget(self.child.stderr_fd)
        if not self.dump_closed:
            channel.forget(self.child.dump.fd)
        channel.forget(self.child.pidfd)
        self.child.close()
