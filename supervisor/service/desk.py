"""What this supervisor holds: parcels that wait, parcels in the worker, parcels to be tried again alone.

Plain bookkeeping: no clock, no socket. Times are monotonic seconds.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from supervisor.schedule import Claim, batch
from supervisor.service.flights import Flight, Flights, Parcel
from workers.wire import Job


class Desk:
    """`in_flight` is what the active worker has in hand; `falling` what one has that is about to be dead."""

    def __init__(self, check_deadline: float) -> None:
        self.check_deadline = check_deadline
        self.in_flight = Flights()
        self.falling = Flights()
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
        return not (self.in_flight or self.falling or self._waiting or self._again)

    def take(self, window: int, now: float) -> list[Job]:
        """The jobs to be sent now, at most `window` in flight; marks them as in flight."""
        jobs: list[Job] = []
        while len(self.in_flight) < window and (parcel := self._next()) is not None:
            pending = {claim.check: claim for claim in parcel.claims}
            self.in_flight[parcel.job.job] = Flight(parcel, pending, now + self.check_deadline, self.check_deadline)
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
        return self._again.popleft() if self._again and not (self.in_flight or self.falling) else None

    def hand_over(self) -> None:
        """Another worker is the active one, before the one that has all this in hand is dead."""
        self.in_flight, self.falling = Flights(), self.in_flight

    def land_all(self) -> list[Claim]:
        """Take everything that is not answered out of every worker's hands."""
        return [claim for flights in (self.in_flight, self.falling) for _, claim in flights.land()]

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
        for flight in (*self.in_flight.values(), *self.falling.values()):
            yield from flight.pending.values()
