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
    """`guilty` is at most one check; `suspects` were at work when nobody can be blamed and run again one at a time."""

    judgement: Judgement
    guilty: Work | None
    suspects: tuple[Work, ...]
    shown: Work | None  # who was at work, for the log line; the guilty one where there is one


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
    deadline: Work | None = None,
    protocol: bool = False,
    ready: bool = True,
) -> Blame:
    """Say who caused the death. `deadline` is the check for whose sake we killed it ourselves."""
    works = tuple(work for _, work in working)
    if deadline is not None:
        return Blame(Judgement.DEADLINE, deadline, (), deadline)
    if protocol:
        return Blame(Judgement.PROTOCOL, None, (), works[0] if works else None)
    if not ready:
        return Blame(Judgement.BOOT, None, (), None)
    if not works:
        return Blame(Judgement.IDLE, None, (), None)
    guilty = _named_in(dump, working) if signal in FAULT_SIGNALS else None  # an exit may be that of a check just done
    if guilty is not None:
        return Blame(Judgement.CHECK, guilty, (), guilty)
    return Blame(Judgement.UNEXPLAINED, None, works, works[0])


def _named_in(dump: bytes, working: Sequence[tuple[int, Work]]) -> Work | None:
    found = _PLACE.search(dump.rpartition(b"Fatal Python error")[2])  # last words of a hang may stand before it
    if found is None:
        return None
    number = int(found.group(1))
    return next((work for place, work in working if place == number), None)
