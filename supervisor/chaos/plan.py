"""What happens in a round: who is due, in which order, how wide the window is, what strikes when. Pure; all by dice."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from supervisor.chaos.cast import Role, innocents
from supervisor.chaos.faults import BLOWS, SIGNALS, Blow

_CARRIERS: Final = 16  # at most in a round
_SHOTS: Final = 4
_WINDOWS: Final[tuple[int | str, ...]] = (8, 8, "auto", 1)
_NEW_WINDOW_EVERY: Final = 4  # rounds
_HANG_EVERY: Final = 6  # rounds, about
_IDLE_EVERY: Final = 3
_CALM_EVERY: Final = 3
_CLOSE_S: Final = 0.003


@dataclass(frozen=True, slots=True)
class Shot:
    """`late_s` None: while the target is surely in hand; else so many seconds from the moment of its completion."""

    target: Role
    blow: Blow
    signal: str
    late_s: float | None


@dataclass(frozen=True, slots=True)
class Round:
    """`due` is in the order in which checks are handed out; so are the targets of `shots`."""

    number: int
    window: int | str
    due: tuple[Role, ...]
    shots: tuple[Shot, ...]
    idle_signal: str | None  # to the worker, when the round is done


def plan(dice: random.Random, number: int, roles: Sequence[Role], wanted: int) -> Round:
    """A round of at most about `wanted` deaths."""
    calm = number % _CALM_EVERY == _CALM_EVERY - 1  # nobody runs alone: blows may fall at the very end of a check
    due = [*innocents(roles), *_carriers(dice, roles, wanted, calm=calm)]
    dice.shuffle(due)
    targets = [role for role in due if role.aimed_at]
    chosen = sorted(dice.sample(range(len(targets)), min(_SHOTS, max(1, wanted // 3))))
    window = _WINDOWS[number // _NEW_WINDOW_EVERY % len(_WINDOWS)]
    idle = dice.choice(SIGNALS) if dice.randrange(_IDLE_EVERY) == 0 else None
    return Round(number, window, tuple(due), tuple(_shot(dice, targets[at]) for at in chosen), idle)


def _carriers(dice: random.Random, roles: Sequence[Role], wanted: int, *, calm: bool) -> list[Role]:
    able = [role for role in roles if role.fault and not role.fault.hangs and not (calm and role.fault.guilty)]
    hangs = [role for role in roles if role.fault and role.fault.hangs]
    carriers = dice.sample(able, min(len(able), _CARRIERS, max(1, wanted // 2)))
    if not calm and dice.randrange(_HANG_EVERY) == 0:
        carriers.append(dice.choice(hangs))
    return carriers


def _shot(dice: random.Random, target: Role) -> Shot:
    blow = dice.choices(list(BLOWS), list(BLOWS.values()))[0]
    late = dice.uniform(-_CLOSE_S, _CLOSE_S) if dice.randrange(2) else None
    return Shot(target, blow, dice.choice(SIGNALS), late)
