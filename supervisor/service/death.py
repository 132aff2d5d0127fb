"""A worker has died: what it had finished is settled, who did it is judged, the rest is shared out again."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import msgspec

from supervisor import blame
from supervisor.assess import Found
from supervisor.blame import Blame, Death, Judgement, Work
from supervisor.launcher import Ending, describe_dump
from supervisor.lifecycle import State
from supervisor.schedule import Claim
from supervisor.service.desk import Desk
from supervisor.service.flights import Flights
from supervisor.service.hand import Hand
from supervisor.telemetry import event
from workers import wire
from workers.flight import Page
from workers.wire import Phase, Reason

_LAST_WORDS: Final = b"Timeout ("
_WORDS_EARLY_S: Final = 1.5  # the worker begins its last words so long before a deadline at the most
_STANDS_STILL_S: Final = 2.5  # the worker's main thread beats each second or two
_JUST_COMPLETED_S: Final = 0.1  # a check that ends the worker after its answer does it at once
_STANDS_STILL_PART: Final = 0.8  # of a deadline that is shorter than that: a hang has lasted for all of it

Settle = Callable[[Claim, Found], None]
"""Settle a claim with what was found."""


QUARANTINE_MESSAGE: Final = "this check kills the worker; it is held back until the credential or the program changes"

NOBODY: Final = Blame(Judgement.IDLE, (), (), None)
"""A death that was planned."""


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of one death: the process, how it ended, in which state of its life, after how many seconds.

    `flights` is what it had in hand.
    `oom`: the kernel says it was for want of memory. `decryptions`: how many went on at once at the most.
    """

    hand: Hand
    ending: Ending
    state: State
    uptime: float
    flights: Flights = field(default_factory=Flights)
    oom: bool = False
    decryptions: int = 2
    check_deadline: float = 30.0

    @property
    def retired(self) -> bool:
        """Whether it ended by plan: then nobody is asked why."""
        return self.hand.dismissed or (self.state is State.DRAINING and self.ending == Ending(None, 0))


def settle_from_page(page: Page, flights: Flights, settle: Settle, now: float) -> int:
    """Settle answers that were finished but lost between `send` and the crash: they stand in the page. How many."""
    found = 0
    for place in page.places():
        for cell in place.answers:
            try:
                answer = wire.decode_answer(cell)
            except wire.BadMessage:
                continue
            if answer.job == place.job and (claim := flights.answered(answer, now)) is not None:
                settle(claim, Found.of(answer))
                found += 1
    return found


def judge(case: Case, now: float) -> Blame:
    """Weigh the evidence, with what was handed out beside it."""
    child = case.hand.child
    handed_out = case.flights.handed_out()
    working = blame.at_work(child.page.places(), handed_out)
    late = [work for work in _late(case, now) if (work.job, work.check) in handed_out]
    still_for = now - child.page.beaten_at()
    return blame.judge(
        signal=case.ending.signal,
        dump=child.dump.read(),
        working=working,
        deadline=blame.missed_by_themselves(
            late,
            working,
            stood_still=still_for > min(_STANDS_STILL_S, _STANDS_STILL_PART * case.check_deadline),
            decryptions=case.decryptions,
        ),
        protocol=bool(case.hand.complaint),
        ready=case.state is not State.STARTING,
        oom=case.oom,
    )


def of_spare(case: Case) -> Blame:
    """A spare has no work."""
    return blame.judge(
        signal=case.ending.signal, dump=b"", working=(), ready=case.state is not State.STARTING, oom=case.oom
    )


def _late(case: Case, now: float) -> Sequence[Work]:
    """The checks it was killed for; those whose deadline came first, when it died while it said its last words."""
    first = case.flights.next_deadline()
    if case.hand.killed_for or first is None or first > now + _WORDS_EARLY_S:
        return case.hand.killed_for
    return case.flights.overdue(first) if _LAST_WORDS in case.hand.child.dump.read() else ()


def certify(case: Case, judged: Blame) -> Death:
    """Log the death by name and make its row for `crashes`."""
    shown = judged.shown
    flight = case.flights.get(shown.job) if shown else None
    claim = flight.pending.get(shown.check) if flight and shown else None
    child = case.hand.child
    certificate = Death(
        at=datetime.now(UTC),
        generation=child.generation,
        pid=child.pid,
        signal=case.ending.signal,
        exit_code=case.ending.exit_code,
        phase=_phase(case, shown),
        user_id=claim.user if claim else None,
        api=claim.api if claim else None,
        environment=claim.environment if claim else None,
        judgement=judged.judgement,
        uptime_s=round(case.uptime, 3),
        rss_mib=round(child.page.rss_kib() / 1024, 1) or None,
        traceback=describe_dump(child.dump.read()),
    )
    event(
        "worker.died",
        logging.WARNING,
        generation=certificate.generation,
        pid=certificate.pid,
        signal=certificate.signal,
        exit_code=certificate.exit_code,
        phase=certificate.phase,
        user_id=certificate.user_id,
        api=certificate.api,
        environment=certificate.environment,
        in_flight=len(case.flights),
        uptime_s=certificate.uptime_s,
        judgement=certificate.judgement,
        complaint=case.hand.complaint or None,
    )
    return certificate


def _phase(case: Case, shown: Work | None) -> Phase:
    if case.state is State.STARTING:
        return Phase.BOOT
    if shown is None:
        return Phase.IDLE
    claimed = (
        place.phase for place in case.hand.child.page.places() if (place.job, place.check) == (shown.job, shown.check)
    )
    return next(claimed, shown.phase)


def share_out(case: Case, judged: Blame, desk: Desk, settle: Settle, strikes: int, now: float) -> None:
    """The guilty is struck, suspects run again one at a time, bystanders go first."""
    guilty = {(work.job, work.check) for work in judged.guilty}
    suspects = {(work.job, work.check) for work in judged.suspects}
    certain = not _just_completed(case, now)
    bystanders: dict[bool, list[Claim]] = {True: [], False: []}
    for flight, claim in case.flights.land():
        which = (flight.parcel.job.job, claim.check)
        probe = flight.parcel.probe
        if which in guilty or (which in suspects and flight.parcel.alone and certain):
            phase = str(_phase(case, Work(*which, Phase.IDLE)))
            struck = msgspec.structs.replace(
                claim, strikes=claim.strikes + 1, signal=case.ending.signal or "exit", phase=phase
            )
            _strike(struck, judged, desk, settle, strikes, probe=probe)
        elif which in suspects:
            _retry(claim, desk, probe=probe)
        else:
            bystanders[probe].append(claim)
    for probe, claims in bystanders.items():
        desk.put_back(claims, probe=probe, now=now)


def _just_completed(case: Case, now: float) -> bool:
    """Whether this worker had completed another check a moment before we knew of its death, which may be that one's.

    Who runs alone then is no culprit yet, and runs alone again. That ends: while it waits nothing new is taken in, so
    that in the end nothing is left to be completed before it.
    """
    return now - case.hand.completed_at <= _JUST_COMPLETED_S


def _strike(struck: Claim, judged: Blame, desk: Desk, settle: Settle, strikes: int, *, probe: bool) -> None:
    if struck.strikes >= strikes:
        event(
            "check.quarantined",
            logging.WARNING,
            user_id=struck.user,
            api=struck.api,
            environment=struck.environment,
            strikes=struck.strikes,
        )
        settle(struck, Found(Reason.QUARANTINED, QUARANTINE_MESSAGE))
    elif judged.judgement is Judgement.DEADLINE:
        message = f"the check did not end within {desk.check_deadline:g} s and was killed"
        settle(struck, Found(Reason.DEADLINE, message))
    else:
        _retry(struck, desk, probe=probe, struck=True)


def _retry(claim: Claim, desk: Desk, *, probe: bool, struck: bool = False) -> None:
    event("check.retried", user_id=claim.user, api=claim.api, environment=claim.environment)
    desk.put_alone(claim, probe=probe, struck=struck)
