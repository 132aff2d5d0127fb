"""Evidence of a worker's death → who did it. Pure.

Evidence is the flight page (what each place was doing), the fault handler's dump (which place's stack faulted) and
how the process ended. All of it was written by a process that may be hostile: it is compared with what was handed
out, and the worst a liar achieves is to be blamed itself. No evidence → nobody is guilty.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from workers.flight import Place
from workers.wire import Phase

_PLACE: Final = re.compile(rb"\bin place_(\d{2,4})\b")
FAULT_SIGNALS: Final = frozenset({"SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGSYS", "SIGTRAP"})


@unique
class Judgement(StrEnum):
    """What a death is put down to; the word stored in `crashes`."""

    CHECK = "check"  # one check's work did it
    UNEXPLAINED = "unexplained"  # nobody can be blamed: a signal from outside, or no evidence
    DEADLINE = "deadline"  # killed by us
    OOM = "oom"  # killed by the kernel for want of memory
    BOOT = "boot"
    IDLE = "idle"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True)
class Work:
    """A place that was at work on a check which was really handed out."""

    job: int
    check: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class Death:
    """One unplanned death of a worker: a row of `crashes`. `signal` or `exit_code` is None, never both."""

    at: datetime
    generation: int
    pid: int
    signal: str | None
    exit_code: int | None
    phase: str | None
    user_id: int | None
    api: str | None
    environment: str | None
    judgement: str | None
    uptime_s: float | None
    rss_mib: float | None
    traceback: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Blame:
    """`guilty` are several only at a deadline.

    `suspects` were at work when nobody can be blamed, and run again one at a time.
    """

    judgement: Judgement
    guilty: tuple[Work, ...]
    suspects: tuple[Work, ...]
    shown: Work | None  # who was at work, for the log line; a guilty one where there is one


def at_work(places: Sequence[Place], handed_out: Collection[tuple[int, int]]) -> tuple[tuple[int, Work], ...]:
    """The places whose claim agrees with what was handed out ((job, check) pairs), with their numbers."""
    return tuple(
        (place.number, Work(place.job, place.check, place.phase))
        for place in places
        if place.phase not in (Phase.IDLE, Phase.BOOT) and (place.job, place.check) in handed_out
    )


def judge(
    *,
    signal: str | None,
    dump: bytes,
    working: Sequence[tuple[int, Work]],
    deadline: Sequence[Work] = (),
    protocol: bool = False,
    ready: bool = True,
    oom: bool = False,
) -> Blame:
    """Say who caused the death. `deadline` are the checks for whose sake we killed it ourselves."""
    works = tuple(work for _, work in working)
    shown = works[0] if works else None
    if deadline:
        return Blame(Judgement.DEADLINE, tuple(deadline), (), deadline[0])
    if protocol:
        return Blame(Judgement.PROTOCOL, (), (), shown)
    if not ready:
        return Blame(Judgement.BOOT, (), (), None)
    if oom:  # what is at work takes the memory; in company nobody knows who
        return Blame(Judgement.OOM, works, (), shown) if len(works) == 1 else Blame(Judgement.OOM, (), works, shown)
    if not works:
        return Blame(Judgement.IDLE, (), (), None)
    named = _named_in(dump) if signal in FAULT_SIGNALS else None  # an exit may be that of a check just done
    if named is None:
        return Blame(Judgement.UNEXPLAINED, (), works, shown)
    guilty = _at(named, working)
    if guilty is None:  # a place whose check is done: those at work have done nothing
        return Blame(Judgement.UNEXPLAINED, (), (), shown)
    return Blame(Judgement.CHECK, (guilty,), (), guilty)


def missed_by_themselves(
    late: Sequence[Work], working: Sequence[tuple[int, Work]], *, stood_still: bool, decryptions: int
) -> tuple[Work, ...]:
    """Those of the overdue checks whose own work certainly was what took too long.

    In a worker that stood still as a whole somebody holds the interpreter's lock, or it was stopped: that is only
    certain of a check that had no other beside it. Where more checks are at their decryption than may decrypt at once
    (`decryptions`), some of them only wait for the others. A check of which the page says nothing may never have begun:
    where no place can be opened any more, a job waits for another. Only where it says nothing of anybody, the first.
    """
    phases = {(work.job, work.check): work.phase for _, work in working}
    if stood_still:
        return tuple(work for work in late if list(phases) == [(work.job, work.check)])
    crowded = sum(phase is Phase.DECRYPT for phase in phases.values()) > decryptions
    seen = [work for work in late if (work.job, work.check) in phases]
    if not seen:
        return () if phases else tuple(late[:1])
    return tuple(work for work in seen if not (crowded and phases[work.job, work.check] is Phase.DECRYPT))


def _named_in(dump: bytes) -> int | None:
    """The place whose stack faulted; None where the handler told of no fault: it cannot when the stack is full."""
    _, fault, stack = dump.rpartition(b"Fatal Python error")  # last words of a hang may stand before it
    found = _PLACE.search(stack) if fault else None
    return int(found.group(1)) if found else None


def _at(place: int, working: Sequence[tuple[int, Work]]) -> Work | None:
    return next((work for number, work in working if number == place), None)
