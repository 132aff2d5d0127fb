"""Round after round of the storm, each reckoned up when everything due in it has an outcome."""

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from supervisor.chaos import plan as plans
from supervisor.chaos.cast import Role
from supervisor.chaos.faults import Blow
from supervisor.chaos.plan import Round, Shot
from supervisor.chaos.reckoning import Ledger, never_ended, reckon, reckon_deaths, with_history
from supervisor.chaos.stage import Scene, sections
from supervisor.chaos.system import System, size
from supervisor.errors import Fatal
from supervisor.stage import configure

_STALLED_S: Final = 90.0  # without a new outcome: what is missing is lost
_LOOK_EVERY_S: Final = 0.01
_ASK_EVERY_S: Final = 0.03
_SETTLE_WITHIN_S: Final = 30.0
_ANYTIME: Final = {Blow.SPARE, Blow.BOOTING, Blow.FROZEN, Blow.CUT}


@dataclass(slots=True)
class Storm:
    """What has come of it so far. `thrown`: how often what; `began`, `ended`: MiB and descriptors of the supervisor."""

    scene: Scene
    system: System
    dice: random.Random
    ledger: Ledger = field(default_factory=Ledger)
    thrown: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    began: tuple[float, int] = (0.0, 0)
    ended: tuple[float, int] = (0.0, 0)
    _window: int | str = 8

    def rage(self, kills: int, progress: Callable[["Storm"], None]) -> None:
        """Until so many workers and zygotes have died."""
        self.system.await_ready()
        roles = tuple(self.scene.checks.values())
        while self.system.kills < kills and self.ledger.lost == 0:
            planned = plans.plan(self.dice, self.rounds, roles, kills - self.system.kills)
            self._round(planned, progress)
            self.rounds += 1
            with suppress(OSError):  # it has ended, and that is in the ledger
                self.ended = size(self.system.daemon.pid)
                self.began = self.began if self.rounds > 1 else self.ended

    def _round(self, planned: Round, progress: Callable[["Storm"], None]) -> None:
        numbers = {role: check for check, role in self.scene.checks.items()}
        due = {numbers[role]: role for role in planned.due}
        self.system.retried.clear()
        self.scene.at.shop.clear()
        self.scene.witness.begin(list(due))
        if planned.window != self._window:
            self._window = planned.window
            configure(self.scene.at, sections(planned.window))
            self.system.daemon.reload()
            self.thrown["a reload in the middle"] += 1
        self.thrown.update(str(role.fault) for role in planned.due if role.fault)
        try:
            stored = self._until_stored(due, deque(planned.shots), lambda: progress(self))
        except Fatal as end:
            left = set(due) - self.scene.witness.stored()
            self.ledger = never_ended(self.ledger, [due[check] for check in left], str(end))
            return
        self._reckon(due)
        if planned.idle_signal and stored:
            self.strike(Blow.IDLE, planned.idle_signal)

    def _until_stored(self, due: Mapping[int, object], shots: deque[Shot], progress: Callable[[], None]) -> bool:
        """Let it happen; False when nothing happens any more."""
        gun = _Gun(self, shots)
        stored: set[int] = set()
        give_up_at = time.monotonic() + _STALLED_S
        ask_at = 0.0
        while time.monotonic() < give_up_at:
            self.system.listen(_LOOK_EVERY_S)
            gun.aim()
            if time.monotonic() < ask_at:
                continue
            now_stored = self.scene.witness.stored() & set(due)
            if now_stored != stored:
                give_up_at = time.monotonic() + _STALLED_S
            stored, ask_at = now_stored, time.monotonic() + _ASK_EVERY_S
            progress()
            if len(stored) == len(due):
                return True
        return False

    def _reckon(self, due: Mapping[int, Role]) -> None:
        asked: Counter[str] = Counter()
        for seen in self.scene.at.shop.ledger():
            asked[seen.mark] += seen.times
        self.ledger += reckon(due, self.scene.witness.evidence(list(due)), asked)

    def still_running_alone(self) -> bool:
        """Whether somebody who was at work at a death has not been stored: it runs alone now or will."""
        users, stored = self.scene.users, self.scene.witness.stored()
        waiting = {users[key] for key in self.system.retried if key in users}
        return any(role in waiting for check, role in self.scene.checks.items() if check not in stored)

    def strike(self, blow: Blow, name: str) -> None:
        dealt = self.scene.witness.cut_connections() > 0 if blow is Blow.CUT else self.system.strike(blow, name)
        if dealt:
            self.thrown[blow.value] += 1

    def end(self) -> int:
        """Stop the system and reckon up what is left: the deaths and the history. The supervisor's exit code."""
        code, rows = 0, self.scene.witness.deaths(0)
        until = time.monotonic() + _SETTLE_WITHIN_S
        try:
            while time.monotonic() < until:
                self.system.listen(0.1)
                if len(rows) == self.system.died.total():  # each that was told is stored, each stored one was heard of
                    break
                rows = self.scene.witness.deaths(0)
        except Fatal:
            code = 1
        self.ledger += reckon_deaths(rows, self.scene.users, self.system.died, self.system.complaints)
        self.ledger = with_history(self.ledger, self.scene.witness.repeated_changes())
        return self.system.daemon.stop() or code


class _Gun:
    """Fires shot after shot, each when its target's request is in the marketplace's hand."""

    def __init__(self, storm: Storm, shots: deque[Shot]) -> None:
        self._storm = storm
        self._shots = shots
        self._waited = False
        self._before = (0, 0)  # deaths and takeovers, when the next target's request had not arrived yet

    def aim(self) -> None:
        while self._shots:
            shot = self._shots[0]
            if not self._storm.scene.at.shop.arrived(shot.target.mark, 0.0):
                self._waited, self._before = True, self._changes()
                return
            self._shots.popleft()
            fresh, self._waited = self._waited, False
            if fresh:
                self._fire(shot, time.monotonic())

    def _fire(self, shot: Shot, arrived_at: float) -> None:
        """Never at somebody who runs alone: a second kill then is a strike, and rightly so."""
        storm, target = self._storm, shot.target
        quicker = self._others_were_quicker()
        retried = any(storm.scene.users.get(key) is target for key in storm.system.retried)
        if shot.blow not in _ANYTIME and (retried or quicker):
            return
        if shot.late_s is not None and not storm.still_running_alone():
            time.sleep(max(0.0, arrived_at + target.delay_ms / 1000 + shot.late_s - time.monotonic()))
            if self._others_were_quicker():
                return
        storm.strike(shot.blow, shot.signal)

    def _others_were_quicker(self) -> bool:
        """Whether the worker that had the target in hand is gone: the next one runs what was interrupted alone."""
        self._storm.system.listen(0.0)
        return self._changes() != self._before

    def _changes(self) -> tuple[int, int]:
        return self._storm.system.kills, self._storm.system.takeovers
