"""The active worker and its hot spare as the loop sees them: started, fed, timed, buried.

Joins lifecycle, launcher, channel and desk. What comes from a worker is checked against what it was given: a message
in the wrong state, of another generation, or about a check it does not have kills it, and counts against nobody.
"""

import logging
from typing import Final

from supervisor import lifecycle
from supervisor.assess import Found
from supervisor.channel import Channel, Received
from supervisor.errors import BadConfig, Fatal
from supervisor.launcher import Ending, Launcher
from supervisor.lifecycle import Effect, Event, Life, Policy, Spare, State
from supervisor.service import burial, conduct, death
from supervisor.service.cradle import Cradle
from supervisor.service.desk import Desk
from supervisor.service.flights import Flights
from supervisor.service.hand import Hand
from supervisor.service.orders import Orders, Reports
from supervisor.service.watch import Resolver, Watch
from supervisor.telemetry import event
from workers import wire

_NO_KEY: Final = 78
_MAX_JOB_BATCH: Final = 64
_REAP_WITHIN_S: Final = 2.0


class Worker:
    def __init__(self, channel: Channel, launcher: Launcher, orders: Orders, desk: Desk, reports: Reports) -> None:
        self.desk = desk
        self.orders = orders
        self.reports = reports
        self.life = Life()
        self.restarts = 0
        self.build = ""  # of the active worker, or of the last one; empty before the first hello
        self.active: Hand | None = None
        self.spare: Hand | None = None
        self.falling: Hand | None = None  # about to be dead, while the spare has taken over
        self._channel = channel
        self.cradle = Cradle(channel, launcher)
        self._retiring = ""
        self._watch = Watch(channel)
        self._resolver = Resolver()
        self._ever_ready = False

    # --- what the loop calls -----------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Start, kill or follow what is due; keep the checks' deadlines."""
        self._step(Event.TICK, now)
        hand = self.active
        if hand is not None and not hand.condemned and (late := self.desk.in_flight.overdue(now)):
            hand.killed_for = late
            hand.child.kill()
        if hand is not None and hand.condemned:
            self._hand_over(hand, now)
        for one in self._hands():
            one.end_fault(now)
        self._watch.look(self._hands(), self.active if self.desk.in_flight else None, now)
        if (replaced := self._resolver.replaced(now)) and hand is not None and "landlock" in hand.confinement:
            self.refresh(now, replaced)

    def next_deadline(self) -> float | None:
        """When `tick` has something to do if nothing happens before."""
        life = self.life
        own = life.deadline if life.state in (State.DOWN, State.STARTING, State.DRAINING) else None
        spare = life.spare_at if life.state is State.UP and life.spare is not Spare.READY else None
        waits = self.active is not None and not self.active.condemned
        check = self.desk.in_flight.next_deadline() if waits else None
        faults = (hand.fault_ends_at for hand in self._hands())
        return min((at for at in (own, spare, check, *faults, self._watch.due_at()) if at is not None), default=None)

    def hear(self, received: Received, now: float) -> None:
        """Take a message in; anything that is not due from this worker in this state kills it."""
        hand = next((one for one in self._hands() if one.child.identity == received.identity), None)
        if hand is None or hand.complaint:
            return  # a dead generation, or one that will be: its leases are fenced, its words change nothing
        if complaint := conduct.complaint(hand, received, spare=hand is self.spare):
            hand.protest(complaint)
            return
        match received.message:
            case wire.Hello() as hello:
                self._greet(hand, hello)
            case wire.Ready() as ready:
                self._ready(hand, ready, now)
            case wire.Answers(answers=answers):
                for answer in answers:
                    self._answer(hand, answer, now)

    def send(self, window: int, now: float) -> None:
        """Hand out as many waiting parcels as the window has room for."""
        hand = self.active
        if self.life.state is not State.UP or hand is None or hand.condemned:
            return
        jobs = self.desk.take(min(window, self.orders.places), now)
        if jobs and not hand.jobs and (budgets := self.orders.budgets()):
            self._channel.send(hand.child.identity, wire.Budgets(budgets))
        hand.jobs += len(jobs)
        for start in range(0, len(jobs), _MAX_JOB_BATCH):
            self._channel.send(hand.child.identity, wire.Jobs(tuple(jobs[start : start + _MAX_JOB_BATCH])))

    def pass_on(self, spent: list[wire.Spent]) -> None:
        """What others have spent, to a worker that has begun; one that has not is told everything first."""
        if spent and self.active is not None and self.active.jobs and not self.active.condemned:
            self._channel.send(self.active.child.identity, wire.Budgets(tuple(spent)))

    def recycle(self, now: float, reason: str) -> None:
        """Planned: the spare takes over between jobs."""
        if self.life.state is State.UP:
            self._retiring = reason
            self._step(Event.RECYCLE, now)

    def refresh(self, now: float, reason: str) -> None:
        """Planned, with new orders, or by a new zygote: both the worker and its spare are replaced."""
        self.cradle.look()
        self._retiring = reason
        self._step(Event.REFRESH, now)

    def stop(self, now: float) -> None:
        self._step(Event.STOP, now)

    def dismiss(self) -> None:
        """There is no time left for what they have in hand."""
        for hand in (self.active, self.falling):
            if hand is not None:
                hand.dismissed = True
                hand.child.kill()

    @property
    def ended(self) -> bool:
        return self.life.state is State.ENDED and not self._hands()

    def readable(self, fds: frozenset[int], now: float) -> None:
        """Deal with the descriptors of `fds` that can be read."""
        self.cradle.listen(fds)
        for hand in self._hands():
            if hand.child.stderr_fd in fds:
                hand.listen(self._channel)
            if hand.child.dump.fd in fds:
                hand.listen_for_faults(self._channel, now)
            if hand.child.pidfd in fds:
                self._bury(hand, now)
        self.cradle.look()

    def close(self) -> None:
        """At the program's end: no worker is left, whatever state it is in."""
        for hand in self._hands():
            hand.child.kill()
            hand.child.reap(within=5.0)
            hand.let_go(self._channel)
        self.active = self.spare = self.falling = None
        self.cradle.close()

    # --- their lives -------------------------------------------------------------------------------------------------

    def _hands(self) -> list[Hand]:
        return [hand for hand in (self.falling, self.active, self.spare) if hand is not None]

    def _step(self, what: Event, now: float) -> None:
        policy = Policy(drain_within=self.orders.drain_within)
        self.life, effects = lifecycle.step(self.life, what, now, policy)
        for effect in effects:
            match effect:
                case Effect.SPAWN:
                    self.active = self._spawn(Event.EXITED, now)
                case Effect.SPAWN_SPARE:
                    self.spare = self._spawn(Event.SPARE_EXITED, now)
                case Effect.PROMOTE:
                    self.active, self.spare = self.spare, None
                    if self.active is not None:
                        child = self.active.child
                        self.build = child.build
                        event("worker.promoted", generation=child.generation, pid=child.pid)
                case Effect.KILL if self.active is not None:
                    self.active.dismissed = self.life.state is State.DRAINING or (
                        self.life.stopping and not self.active.ready
                    )
                    self.active.child.kill()
                case Effect.KILL_SPARE if self.spare is not None:
                    self.spare.dismissed = self.life.spare is Spare.NONE
                    self.spare.child.kill()
                case Effect.DRAIN if self.active is not None:
                    self.active.told_to_stop = True
                    self._channel.send(self.active.child.identity, wire.Stop())
                case Effect.GIVE_UP:
                    raise Fatal("the worker does not start", "run `healthsup doctor`; its last words are in the log")
                case _:
                    pass

    def _spawn(self, failed: Event, now: float) -> Hand | None:
        hand = self.cradle.spawn(self.orders, now)
        if hand is None:
            self._step(failed, now)
        return hand

    def _hand_over(self, hand: Hand, now: float) -> None:
        """Let the spare take over from one that is about to be dead; what that has in hand is shared out at its end."""
        if self.falling is not None or hand.dismissed:
            return
        self._step(Event.FALLING, now)
        if self.active is not hand:
            self.falling = hand
            self.desk.hand_over()
            self.reports.crashed()

    def _greet(self, hand: Hand, hello: wire.Hello) -> None:
        hand.greeted = True
        if hand is self.active:
            self.build = hello.build
        self._channel.send(hand.child.identity, self.orders.setup(hand.child.generation))

    def _ready(self, hand: Hand, ready: wire.Ready, now: float) -> None:
        if lacking := self.orders.layers - set(ready.confinement):
            raise BadConfig(
                f'worker.sandbox is "require", but the worker has no {" and no ".join(sorted(lacking))}',
                'set it to "auto"',
            )
        hand.ready = self._ever_ready = True
        hand.confinement = ready.confinement
        who = {"generation": hand.child.generation, "pid": hand.child.pid}
        cold = round((now - hand.spawned_at) * 1000)
        role = "active" if hand is self.active else "spare"
        event("worker.ready", **who, cold_start_ms=cold, role=role, confinement=" ".join(ready.confinement))
        self._step(Event.READY if hand is self.active else Event.SPARE_READY, now)

    def _answer(self, hand: Hand, answer: wire.Answer, now: float) -> None:
        claim = None if hand.complaint else self._flights(hand).answered(answer, now)
        if claim is None:
            hand.protest("an answer to a check it was not given, or a second one")
            return
        hand.completed_at = now
        if hand is self.active and not self.life.useful:
            self._step(Event.USED, now)
        self.reports.settle(claim, Found.of(answer))

    def _flights(self, hand: Hand) -> Flights:
        if hand is self.spare:
            return Flights()
        return self.desk.falling if hand is self.falling else self.desk.in_flight

    # --- their deaths ------------------------------------------------------------------------------------------------

    def _bury(self, hand: Hand, now: float) -> None:
        hand.gone = True
        for received in self._channel.receive():  # what it managed to send still counts
            self.hear(received, now)
        ending = hand.child.reap(within=_REAP_WITHIN_S)
        if ending is None:  # the zygote, whose child it is, hangs: without it we reap
            self.cradle.give_up_zygote(hand)
            return
        hand.listen(self._channel)
        if ending.exit_code == _NO_KEY and not hand.ready:
            self._without_key(hand)
        hand.speak()
        plan = "stop" if self.life.stopping else self._retiring or "stop"
        case = self._case(hand, ending, now)
        if hand is self.spare:
            burial.of_spare(case, self.reports, plan)
            self.spare = None
            if not hand.dismissed:
                self._step(Event.SPARE_EXITED, now)
        else:
            worked = burial.of_worker(case, self.desk, self.reports, now, plan)
            self._go_on_without(case, now, worked=worked)
        hand.let_go(self._channel)

    def _go_on_without(self, case: death.Case, now: float, *, worked: bool) -> None:
        self.restarts += 1
        if case.hand is self.falling:  # who follows is at work already
            self.falling = None
            return
        if not case.retired:
            self.reports.crashed()
        if worked:  # it did start: a row of deaths of work is no worker that will not
            self._step(Event.USED, now)
        self.active = None
        self._step(Event.EXITED, now)

    def _case(self, hand: Hand, ending: Ending, now: float) -> death.Case:
        state = self.life.state if hand is self.active else State.UP if hand.ready else State.STARTING
        oom = hand.child.ran_out_of_memory(ending)
        return death.Case(
            hand, ending, state, now - hand.spawned_at, self._flights(hand),
            oom=oom, decryptions=self.orders.decryptions, check_deadline=self.desk.check_deadline,
        )  # fmt: skip

    def _without_key(self, hand: Hand) -> None:
        """A key that went missing while one worker is well is told, and looked for again."""
        complaint = hand.child.last_words or "the worker found no usable key"
        if hand is self.active or not self._ever_ready:
            raise BadConfig(complaint)
        event("worker.not_started", logging.WARNING, cause=complaint)
        hand.unsaid.clear()
