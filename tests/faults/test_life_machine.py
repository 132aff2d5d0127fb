"""The supervisor's decisions against a model worker that dies in every way at every moment.

Real: lifecycle, desk, blame, the flight page, and what is done with them at a death. Modelled: the process behind the
page (`tests.helpers.puppet`), and the wire, which loses what was not delivered when its worker dies.
"""

import math
from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from supervisor import blame, lifecycle
from supervisor.assess import Found
from supervisor.launcher import Ending
from supervisor.lifecycle import Effect, Event, Life, Policy, Spare, State
from supervisor.schedule import Claim
from supervisor.service import death
from supervisor.service.desk import Desk
from supervisor.service.hand import Hand
from tests.helpers.puppet import Puppet
from tests.helpers.turns import TURN, WINDOW, Turn
from workers.wire import Reason

STRIKES = 2
DEADLINE = 30.0
POLICY = Policy(boot_failures=1000)
WORST = {Reason.DEADLINE, Reason.QUARANTINED}


class LifeMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.life = Life()
        self.desk = Desk(DEADLINE)
        self.active: Puppet | None = None
        self.spare: Puppet | None = None
        self.generation = 0
        self.known: set[int] = set()
        self.settled: dict[int, Reason] = {}
        self.given_back: set[int] = set()
        self.struck: Counter[int] = Counter()  # what the model says each check deserves
        self.alone: set[int] = set()  # suspects that were alone at the last death
        self.completed_at = -math.inf  # when the active worker had last completed a check

    def teardown(self) -> None:
        for puppet in (self.active, self.spare):
            if puppet is not None:
                puppet.close()

    # --- what the service does with the pure parts -------------------------------------------------------------------

    def step(self, event: Event) -> None:
        self.life, effects = lifecycle.step(self.life, event, self.now, POLICY)
        for effect in effects:
            match effect:
                case Effect.SPAWN:
                    assert self.active is None, "a second active worker"
                    self.active = self.spawned()
                case Effect.SPAWN_SPARE:
                    assert self.spare is None, "a second spare"
                    self.spare = self.spawned()
                case Effect.PROMOTE:
                    assert self.active is None, "promoted over a living one"
                    assert self.spare is not None
                    self.active, self.spare = self.spare, None
                case Effect.DRAIN:
                    assert self.active is not None
                    self.active.draining = True
                case Effect.KILL:
                    self.die("SIGKILL")
                case Effect.KILL_SPARE:
                    self.spare_dies()
                case Effect.GIVE_UP:
                    raise AssertionError("given up")

    def spawned(self) -> Puppet:
        self.generation += 1
        return Puppet(self.generation, WINDOW)

    def settle(self, claim: Claim, found: Found) -> None:
        reason = found.reason
        assert claim.check not in self.settled, f"settled twice: {claim.check}"
        assert claim.check not in self.given_back
        self.settled[claim.check] = reason
        if reason in WORST:
            assert claim.strikes == self.struck[claim.check]
            assert (reason is Reason.QUARANTINED) == (claim.strikes >= STRIKES)

    def die(
        self, signal: str | None, *, dump: bytes = b"", code: int | None = None, late=(), complaint="", oom=False
    ) -> None:
        """The active worker is buried; what lay on the wire is lost, what stands in its page is not."""
        puppet, self.active = self.active, None
        assert puppet is not None
        puppet.dump = dump
        hand = Hand(puppet, 0.0, killed_for=late, complaint=complaint)
        if death.settle_from_page(puppet.page, self.desk, self.settle, self.now):
            self.step(Event.USED)
        hand.completed_at, self.completed_at = self.completed_at, -math.inf
        case = death.Case(hand, Ending(signal, code), self.life.state, 1.0, oom=oom)
        judged = death.judge(case, self.desk, self.now)
        self.expect(judged, certain=hand.completed_at < self.now)
        death.share_out(case, judged, self.desk, self.settle, STRIKES, self.now)
        puppet.close()
        self.step(Event.EXITED)

    def expect(self, judged: blame.Blame, *, certain: bool) -> None:
        """Note who deserves a strike, by what the model knows of the work."""
        assert not set(judged.guilty) & set(judged.suspects)
        assert len(judged.guilty) <= 1 or judged.judgement is blame.Judgement.DEADLINE
        for guilty in judged.guilty:
            assert (guilty.job, guilty.check) in self.desk.handed_out()
            self.struck[guilty.check] += 1
        self.alone = {one.check for one in judged.suspects if self.desk.in_flight[one.job].parcel.alone}
        assert not self.alone or len(judged.suspects) == 1, "alone, in company"
        if not certain:  # another was completed a moment before: it may have done this
            self.alone.clear()
        self.struck.update(self.alone)

    def spare_dies(self) -> None:
        if self.spare is not None:
            self.spare.close()
            self.spare = None
            if self.life.spare is not Spare.NONE:
                self.step(Event.SPARE_EXITED)

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

    def become_ready(self) -> None:
        if self.life.state is State.DOWN:
            self.now = max(self.now, self.life.deadline)
            self.step(Event.TICK)
        if self.life.state is State.STARTING:
            self.step(Event.READY)
        self.step(Event.TICK)
        if self.spare is not None:
            self.step(Event.SPARE_READY)

    def claims_come(self, users: list[int]) -> None:
        first = len(self.known) + 1
        claims = [Claim(first + n, 1, user, "openai", "production", "x", 0.0) for n, user in enumerate(users)]
        self.known.update(claim.check for claim in claims)
        self.desk.put(claims, probe=True, now=self.now)

    def send(self, window: int) -> None:
        was_flying = bool(self.desk.in_flight)
        for job in self.desk.take(window, self.now):
            assert not {check.check for check in job.checks} & set(self.settled), "an answered check is run again"
            alone = self.desk.in_flight[job.job].parcel.alone
            assert not (alone and (was_flying or len(self.desk.in_flight) > 1)), "a retry in company"
            self.active.put(job)

    def answers_arrive(self) -> None:
        for answer in self.active.take_wire():
            claim = self.desk.answered(answer, self.now)
            assert claim is not None, "an answer to what was not asked"
            self.completed_at = self.now
            self.settle(claim, Found.of(answer))
            self.step(Event.USED)
        if self.active.drained:
            self.die(None, code=0)

    # --- faults ------------------------------------------------------------------------------------------------------

    @rule(turn=TURN, which=st.integers(0, WINDOW - 1), signal=st.sampled_from(["SIGSEGV", "SIGBUS", "SIGABRT"]))
    def a_place_crashes(self, turn: Turn, which: int, signal: str) -> None:
        self.life_goes_on(turn)
        if self.active is None or not self.active.at_work:
            return
        place = self.active.at_work[which % len(self.active.at_work)]
        check = self.active.check_of(place)
        before = Counter(self.struck)
        self.die(signal, dump=b"Fatal Python error: x\n  File y in place_%02d" % place)
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

    @rule(turn=TURN, complaint=st.booleans(), beats=st.booleans())
    def it_is_killed_by_us(self, turn: Turn, complaint: bool, beats: bool) -> None:
        self.life_goes_on(turn)
        before = Counter(self.struck)
        if self.active is None or not self.desk.in_flight:
            return
        if complaint:
            self.die("SIGKILL", complaint="an unexpected message")
            assert self.struck == before
        else:
            self.now = max(self.now, self.desk.next_deadline() or 0.0)
            if beats:
                self.active.page.beat(self.now)
            late = self.desk.overdue(self.now)
            self.die("SIGKILL", late=late)
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
        if self.active is None:
            assert not self.desk.in_flight, "work in a dead worker's hands"


LifeMachine.TestCase.settings = settings(
    max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLife = LifeMachine.TestCase
