"""What one worker has in hand: its parcels, and how long each may take. Plain bookkeeping; times in monotonic seconds.

A parcel is one job with the claims behind it. Answers are taken only for what was handed out and not yet answered.
"""

from dataclasses import dataclass

from supervisor.blame import Work
from supervisor.schedule import Claim
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
    """A parcel in the worker. `deadline` is that of the check at work, which may take `allowed` seconds."""

    parcel: Parcel
    pending: dict[int, Claim]
    deadline: float
    allowed: float


class Flights(dict[int, Flight]):
    """By job."""

    def answered(self, answer: Answer, now: float) -> Claim | None:
        """The claim that this answer settles; None when it was not handed out, or is answered already."""
        flight = self.get(answer.job)
        claim = flight.pending.get(answer.check) if flight else None
        if flight is None or claim is None or claim.attempt != answer.attempt:
            return None
        del flight.pending[answer.check]
        flight.deadline = now + flight.allowed
        if not flight.pending:
            del self[answer.job]
        return claim

    def overdue(self, now: float) -> tuple[Work, ...]:
        """The checks whose deadline has passed, each the first unanswered one of its job; the latest last."""
        late = [(flight.deadline, number) for number, flight in self.items() if now >= flight.deadline]
        return tuple(Work(number, next(iter(self[number].pending)), Phase.IDLE) for _, number in sorted(late))

    def next_deadline(self) -> float | None:
        return min((flight.deadline for flight in self.values()), default=None)

    def handed_out(self) -> set[tuple[int, int]]:
        """Every (job, check) that the worker has not answered."""
        return {(number, check) for number, flight in self.items() for check in flight.pending}

    def land(self) -> list[tuple[Flight, Claim]]:
        """Take everything out of a dead worker's hands: the unanswered claims with their flights."""
        landed = [(flight, claim) for flight in self.values() for claim in flight.pending.values()]
        self.clear()
        return landed
