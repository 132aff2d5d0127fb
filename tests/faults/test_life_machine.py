"""The supervisor's decisions against a model worker that dies in every way at every moment.

Real: lifecycle, desk, blame, the flight page, and what is done with them at a death. Modelled: the process behind the
page (`tests.helpers.puppet`), and the wire, which loses what was not delivered when its worker dies.
"""

from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from supervisor.lifecycle import Event, Spare, State
from tests.helpers.lives import Lives
from tests.helpers.turns import TURN, WINDOW, Turn
from workers.wire import Reason


class LifeMachine(Lives):
    # --- ordinary life: some of it goes before every fault ------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        self.become_ready()

    @rule(turn=TURN)
    def life_goes_on(self, turn: Turn) -> None:
        if not (self.life.stopping or self.desk.retrying or self.desk.waiting > 4):  # as the loop does it
            self.claims_come(turn.users)
        if turn.ready:
            self.become_ready()
        if self.life.state is State.UP:
            self.send(turn.window)
        if self.active is not None:
            self.active.work(turn.steps)
        if turn.deliver and self.active is not None:
            self.answers_arrive()
        self.now += turn.seconds
        self.step(Event.TICK)

    # --- faults ------------------------------------------------------------------------------------------------------

    @rule(
        turn=TURN, then=TURN, which=st.integers(0, WINDOW - 1), signal=st.sampled_from(["SIGSEGV", "SIGBUS", "SIGABRT"])
    )
    def a_place_crashes(self, turn: Turn, then: Turn, which: int, signal: str) -> None:
        self.life_goes_on(turn)
        if self.active is None or not self.active.at_work:
            return
        place = self.active.at_work[which % len(self.active.at_work)]
        check = self.active.check_of(place)
        slowly = self.falls(then, stuck=place)
        before = Counter(self.struck)
        self.die(signal, dump=b"Fatal Python error: x\n  File y in place_%02d" % place, slowly=slowly)
        blamed = {struck for struck in self.struck if self.struck[struck] > before[struck]}
        assert blamed == ({check} if check else self.alone), "somebody else was blamed, or nobody"

    @rule(
        turn=TURN,
        signal=st.sampled_from(["SIGKILL", "SIGSEGV", "SIGTERM", None]),
        dump=st.sampled_from([b"", b"Fatal Python error", b"\xff place_999", b"in place_00"]),
    )
    def it_dies_without_clear_evidence(self, turn: Turn, signal: str | None, dump: bytes) -> None:
        self.life_goes_on(turn)
        if self.active is not None:
            self.die(signal, dump=dump, code=3 if signal is None else None)

    @rule(turn=TURN)
    def memory_runs_out(self, turn: Turn) -> None:
        """The kernel tells of it: who is at work there with no other beside it has done it."""
        self.life_goes_on(turn)
        if self.active is None:
            return
        before, at_work = Counter(self.struck), {self.active.check_of(place) for place in self.active.at_work} - {0}
        started = self.life.state is not State.STARTING
        self.die("SIGKILL", oom=True)
        assert set(self.struck - before) == (at_work if len(at_work) == 1 and started else set())

    @rule(turn=TURN, then=TURN, complaint=st.booleans(), beats=st.booleans())
    def it_is_killed_by_us(self, turn: Turn, then: Turn, complaint: bool, beats: bool) -> None:
        self.life_goes_on(turn)
        if self.active is None or not self.desk.in_flight:
            return
        if complaint:
            slowly = self.falls(then)
            before = Counter(self.struck)
            self.die("SIGKILL", complaint="an unexpected message", slowly=slowly)
            assert self.struck == before
        else:
            self.now = max(self.now, self.desk.in_flight.next_deadline() or 0.0)
            if beats:
                self.active.page.beat(self.now)
            late = self.desk.in_flight.overdue(self.now)
            slowly = self.falls(then)
            before = Counter(self.struck)
            self.die("SIGKILL", late=late, slowly=slowly)
            assert set(self.struck - before) <= {work.check for work in late}
            assert beats or (self.struck - before).total() <= 1

    @rule(turn=TURN, zygote=st.booleans(), first=st.booleans())
    def the_spare_dies(self, turn: Turn, zygote: bool, first: bool) -> None:
        """Alone, or with its zygote and so with the active worker, in either order."""
        self.life_goes_on(turn)
        if first or not zygote:
            self.spare_dies()
        if zygote and self.active is not None:
            self.die("SIGKILL")
            self.spare_dies()

    # --- plans -------------------------------------------------------------------------------------------------------

    @rule(turn=TURN, event=st.sampled_from([Event.RECYCLE, Event.REFRESH]))
    def it_is_to_be_replaced(self, turn: Turn, event: Event) -> None:
        self.life_goes_on(turn)
        self.step(event)

    @precondition(lambda self: len(self.settled) > 12)
    @rule()
    def it_is_told_to_stop(self) -> None:
        self.given_back |= {claim.check for claim, _ in self.desk.give_up_waiting()}
        if not self.desk.in_flight:
            self.step(Event.STOP)

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def every_claim_is_settled_once_or_still_held(self) -> None:
        held = [claim.check for claim in self.desk.held()]
        assert len(held) == len(set(held)), "held twice"
        assert not set(held) & (set(self.settled) | self.given_back), "held and settled"
        assert set(held) | set(self.settled) | self.given_back == self.known, "lost"

    @invariant()
    def strikes_are_exactly_what_was_deserved(self) -> None:
        assert {claim.check: claim.strikes for claim in self.desk.held() if claim.strikes} == {
            check: strikes for check, strikes in self.struck.items() if check not in self.settled | self.gone
        }

    @property
    def gone(self) -> dict[int, Reason]:
        return dict.fromkeys(self.given_back, Reason.WORKER_CRASH)

    @invariant()
    def the_machine_and_the_processes_agree(self) -> None:
        assert (self.active is not None) == (self.life.state in {State.STARTING, State.UP, State.DRAINING})
        assert (self.spare is not None) == (self.life.spare is not Spare.NONE)
        assert self.falling is None
        assert not self.desk.falling, "work in a dead worker's hands"
        assert self.active is not None or not self.desk.in_flight, "work in a dead worker's hands"


LifeMachine.TestCase.settings = settings(
    max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLife = LifeMachine.TestCase
