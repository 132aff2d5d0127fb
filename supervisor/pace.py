"""How wide the window may be, where the configuration says `auto`. Pure; times are monotonic seconds.

It begins serial. While work is overdue and the worker is stable it doubles; a crash takes it back to one, and the
more crashes there were lately, the longer it stays there; a calm minute without overdue work halves it, so that it
never swings with every parcel.
"""

from dataclasses import dataclass, replace
from typing import Final

_MAX_EXPONENT: Final = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds."""

    widen_every: float = 2.0
    hold_after_crash: float = 10.0
    calm_for: float = 60.0
    forget_crashes_after: float = 900.0


@dataclass(frozen=True, slots=True)
class Pace:
    """`crashes` counts those of late; before `hold_until` nothing is opened; `calm_since` None: work is overdue."""

    window: int = 1
    changed_at: float = 0.0
    hold_until: float = 0.0
    crashes: int = 0
    crashed_at: float = 0.0
    calm_since: float | None = None


def crashed(pace: Pace, now: float, policy: Policy) -> Pace:
    """The worker died unplanned."""
    recent = 0 if now - pace.crashed_at > policy.forget_crashes_after else pace.crashes
    hold = policy.hold_after_crash * 2 ** min(recent, _MAX_EXPONENT)
    return replace(pace, window=1, changed_at=now, hold_until=now + hold, crashes=recent + 1, crashed_at=now)


def step(pace: Pace, now: float, policy: Policy, *, overdue: bool, most: int) -> Pace:
    """The pace from now on; `most` is the configured bound."""
    if pace.window > most:
        return replace(pace, window=most, changed_at=now)
    if overdue:
        pace = replace(pace, calm_since=None)
        due = now >= pace.hold_until and now >= pace.changed_at + policy.widen_every
        wider = min(most, 2 * pace.window)
        return replace(pace, window=wider, changed_at=now) if due and wider > pace.window else pace
    if pace.calm_since is None:
        return replace(pace, calm_since=now)
    if pace.window > 1 and now >= pace.calm_since + policy.calm_for:
        return replace(pace, window=pace.window // 2, changed_at=now, calm_since=now)
    return pace
