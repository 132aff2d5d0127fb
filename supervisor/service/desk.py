"""What this supervisor holds: parcels that wait, parcels in the worker, parcels to be tried again alone.

A parcel is one job with the claims behind it. Answers are taken only for what was handed out and not yet answered.
Plain bookkeeping: no clock, no socket. Times are monotonic seconds.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from supervisor.blame import Work
from supervisor.schedule import Claim, batch
from workers.wire import Answer, Job, Phase


@dataclass(slots=True)
class Parcel:
    """One user's checks, as a job; `alone`: nothing else is in flight while it runs; `struck`: it crashed a worker."""

    job: Job
    claims: tuple[Claim, ...]
    probe: bool
    alone: bool = False
    struck: bool = False
    queued_at: float = 0.0


@dataclass(slots=True)
class Flight:
    """A parcel in the worker. `deadline` is that of the check at work; it moves on with each answer."""

    parcel: Parcel
    pending: dict[int, Claim]
    deadline: float


class Desk:
    def __init__(self, check_deadline: float) -> None:
        self.check_deadline = check_deadline
        self.in_flight: dict[int, Flight] = {}
        self._waiting: deque[Parcel] = deque()
        self._again: deque[Parcel] = deque()
        self._next_job = 1

    def put(self, claims: Iterable[Claim], *, probe: bool, now: float = 0.0) -> None:
        """Queue claims, one parcel a user."""
        for job, own in batch(claims, self._next_job, probe=probe):
            self._next_job = job.job + 1
            self._waiting.append(Parcel(job, own, probe, queued_at=now))

    def put_back(self, claims: Iterable[Claim], *, probe: bool, now: float = 0.0) -> None:
        """Queue claims of a dead worker's bystanders again, before all others."""
        parcels = []
        for job, own in batch(claims, self._next_job, probe=probe):
            self._next_job = job.job + 1
            parcels.append(Parcel(job, own, probe, queued_at=now))
        self._waiting.extendleft(reversed(parcels))

    def put_alone(self, claim: Claim, *, probe: bool, struck: bool = False) -> None:
        """Queue one claim to run again, alone, when nothing else waits."""
        for job, own in batch([claim], self._next_job, probe=probe):
            self._next_job = job.job + 1
            self._again.append(Parcel(job, own, probe, alone=True, struck=struck))

    @property
    def waiting(self) -> int:
        """Parcels that have not been sent."""
        return len(self._waiting) + len(self._again)

    def waited(self, now: float) -> float:
        """Seconds the parcel in front has waited; 0 when none waits."""
        return now - self._waiting[0].queued_at if self._waiting else 0.0

    @property
    def retrying(self) -> bool:
        """Whether something waits to run alone: then nothing new is taken in."""
        return bool(self._again) or self._alone

    @property
    def empty(self) -> bool:
        return not (self.in_flight or self._waiting or self._again)

    def take(self, window: int, now: float) -> list[Job]:
        """The jobs to be sent now, at most `window` in flight; marks them as in flight."""
        jobs: list[Job] = []
        while len(self.in_flight) < window and (parcel := self._next()) is not None:
            pending = {claim.check: claim for claim in parcel.claims}
            self.in_flight[parcel.job.job] = Flight(parcel, pending, now + self.check_deadline)
            jobs.append(parcel.job)
        return jobs

    @property
    def _alone(self) -> bool:
        """Whether the one parcel in flight is to stay alone."""
        return len(self.in_flight) == 1 and next(iter(self.in_flight.values())).parcel.alone

    def _next(self) -> Parcel | None:
        if self._alone:
            return None
        if self._waiting:
            return self._waiting.popleft()
        return self._again.popleft() if self._again and not self.in_flight else None

    def answered(self, answer: Answer, now: float) -> Claim | None:
        """The claim that this answer settles; None when it was not handed out, or is answered already."""
        flight = self.in_flight.get(answer.job)
        claim = flight.pending.get(answer.check) if flight else None
        if flight is None or claim is None or claim.attempt != answer.attempt:
            return None
        del flight.pending[answer.check]
        flight.deadline = now + self.check_deadline
        if not flight.pending:
            del self.in_flight[answer.job]
        return claim

    def overdue(self, now: float) -> tuple[Work, ...]:
        """The checks whose deadline has passed, each the first unanswered one of its job; the latest last."""
        late = [(flight.deadline, number) for number, flight in self.in_flight.items() if now >= flight.deadline]
        return tuple(Work(number, next(iter(self.in_flight[number].pending)), Phase.IDLE) for _, number in sorted(late))

    def next_deadline(self) -> float | None:
        return min((flight.deadline for flight in self.in_flight.values()), default=None)

    def handed_out(self) -> set[tuple[int, int]]:
        """Every (job, check) that the worker has not answered."""
        return {(number, check) for number, flight in self.in_flight.items() for check in flight.pending}

    def land_all(self) -> list[tuple[Flight, Claim]]:
        """Take everything out of the dead worker's hands: the unanswered claims with their flights."""
        landed = [(flight, claim) for flight in self.in_flight.values() for claim in flight.pending.values()]
        self.in_flight.clear()
        return landed

    def give_up_waiting(self) -> list[tuple[Claim, bool]]:
        """Take out everything that was not sent, each with whether it has crashed a worker meanwhile."""
        claims = [(claim, parcel.struck) for parcel in (*self._waiting, *self._again) for claim in parcel.claims]
        self._waiting.clear()
        self._again.clear()
        return claims

    def held(self) -> Iterator[Claim]:
        """Every claim whose lease is ours to renew, but for those whose outcome waits to be stored."""
        for parcel in (*self._waiting, *self._again):
            yield from parcel.claims
        for flight in self.in_flight.values():
            yield from flight.pending.values()
