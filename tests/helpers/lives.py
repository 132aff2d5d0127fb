"""The supervisor's decisions beside a model worker: what the life machine turns, without its rules."""

import math
from collections import Counter

from hypothesis.stateful import RuleBasedStateMachine

from supervisor import blame, lifecycle
from supervisor.assess import Found
from supervisor.launcher import Ending
from supervisor.lifecycle import Effect, Event, Life, Policy, Spare, State
from supervisor.schedule import Claim
from supervisor.service import death
from supervisor.service.desk import Desk
from supervisor.service.flights import Flights
from supervisor.service.hand import Hand
from tests.helpers.puppet import Puppet
from tests.helpers.turns import WINDOW, Turn
from workers.wire import Reason

STRIKES = 2
DEADLINE = 30.0
POLICY = Policy(boot_failures=1000)
WORST = {Reason.DEADLINE, Reason.QUARANTINED}


class Lives(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.life = Life()
        self.desk = Desk(DEADLINE)
        self.active: Puppet | None = None
        self.spare: Puppet | None = None
        self.falling: Puppet | None = None  # about to be dead, while the spare has taken over
        self.generation = 0
        self.known: set[int] = set()
        self.settled: dict[int, Reason] = {}
        self.given_back: set[int] = set()
        self.struck: Counter[int] = Counter()  # what the model says each check deserves
        self.alone: set[int] = set()  # suspects that were alone at the last death
        self.completed_at: dict[int, float] = {}  # by generation: when it had last completed a check

    def teardown(self) -> None:
        for puppet in (self.active, self.spare, self.falling):
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
                    assert self.active is None or event is Event.FALLING, "promoted over a living one"
                    assert self.spare is not None
                    if self.active is not None:
                        self.falling = self.active
                        self.desk.hand_over()
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
        self, signal: str | None, *, dump: bytes = b"", code=None, late=(), complaint="", oom=False, slowly=False
    ) -> None:
        """The active worker, or the one that falls (`slowly`), is buried: its wire is lost, its page is not."""
        puppet = self.falling if slowly else self.active
        assert puppet is not None
        puppet.say(dump)
        hand = Hand(puppet, 0.0, killed_for=late, complaint=complaint)
        if slowly:
            self.bury(hand, self.desk.falling, Ending(signal, code), State.UP, oom=oom)
            self.falling = None
            return
        self.active = None
        if self.bury(hand, self.desk.in_flight, Ending(signal, code), self.life.state, oom=oom):
            self.step(Event.USED)
        self.step(Event.EXITED)

    def bury(self, hand: Hand, flights: Flights, ending: Ending, state: State, *, oom: bool = False) -> bool:
        """Whether it had been of use, by its page."""
        useful = death.settle_from_page(hand.child.page, flights, self.settle, self.now) > 0
        hand.completed_at = self.completed_at.get(hand.child.generation, -math.inf)
        case = death.Case(hand, ending, state, 1.0, flights, oom=oom)
        judged = death.judge(case, self.now)
        self.expect(judged, flights, certain=hand.completed_at < self.now)
        death.share_out(case, judged, self.desk, self.settle, STRIKES, self.now)
        hand.child.close()
        return useful

    def expect(self, judged: blame.Blame, flights: Flights, *, certain: bool) -> None:
        """Note who deserves a strike, by what the model knows of the work."""
        assert not set(judged.guilty) & set(judged.suspects)
        assert len(judged.guilty) <= 1 or judged.judgement is blame.Judgement.DEADLINE
        for guilty in judged.guilty:
            assert (guilty.job, guilty.check) in flights.handed_out()
            self.struck[guilty.check] += 1
        self.alone = {one.check for one in judged.suspects if flights[one.job].parcel.alone}
        assert not self.alone or len(judged.suspects) == 1, "alone, in company"
        if not certain:  # another was completed a moment before: it may have done this
            self.alone.clear()
        self.struck.update(self.alone)

    def falls(self, then: Turn, *, stuck: int | None = None) -> bool:
        """It is about to be dead. Where the spare takes over at once, both go on for a turn, and the follower may die."""
        self.step(Event.FALLING)
        if self.falling is None:
            return False
        self.life_goes_on(then)
        if then.killed and self.active is not None:
            self.die("SIGKILL")
        self.falling.work([0 if place == stuck else steps for place, steps in enumerate(then.steps)])
        if then.deliver:
            self.take_in(self.falling, self.desk.falling)
        return True

    def spare_dies(self) -> None:
        if self.spare is not None:
            self.spare.close()
            self.spare = None
            if self.life.spare is not Spare.NONE:
                self.step(Event.SPARE_EXITED)

    # --- ordinary life ----------------------------------------------------------------------------------------------

    def life_goes_on(self, turn: Turn) -> None:
        raise NotImplementedError

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
        was_flying = bool(self.desk.in_flight or self.desk.falling)
        for job in self.desk.take(window, self.now):
            assert not {check.check for check in job.checks} & set(self.settled), "an answered check is run again"
            alone = self.desk.in_flight[job.job].parcel.alone
            assert not (alone and (was_flying or len(self.desk.in_flight) > 1)), "a retry in company"
            self.active.put(job)

    def answers_arrive(self) -> None:
        if self.take_in(self.active, self.desk.in_flight):
            self.step(Event.USED)
        if self.active.drained:
            self.die(None, code=0)

    def take_in(self, puppet: Puppet, flights: Flights) -> bool:
        taken = puppet.take_wire()
        for answer in taken:
            claim = flights.answered(answer, self.now)
            assert claim is not None, "an answer to what was not asked"
            self.completed_at[puppet.generation] = self.now
            self.settle(claim, Found.of(answer))
        return bool(taken)
