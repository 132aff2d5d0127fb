"""The pause between two users while the window is one: kept, and not a moment longer."""

from types import SimpleNamespace

import pytest

from supervisor.service.loop import Loop
from workers.wire import Reason

PAUSE = 0.5


class Clock:
    """Each look at it takes a millisecond, as everything does in a turn."""

    def __init__(self) -> None:
        self.at = 1000.0

    def monotonic(self) -> float:
        self.at += 0.001
        return self.at


@pytest.fixture
def loop():
    """As much of the loop as the pause goes through; `sent` are the moments at which it handed work out."""
    loop = object.__new__(Loop)
    loop.clock, loop.sent = Clock(), []
    loop.settings = SimpleNamespace(
        worker=SimpleNamespace(window=1), places=1, schedule=SimpleNamespace(user_pause=PAUSE)
    )
    loop.desk = SimpleNamespace(in_flight={}, waiting=3)
    loop.worker = SimpleNamespace(
        falling=None, send=lambda _window, now: loop.sent.append(now), next_deadline=lambda: None
    )
    loop.outcomes = SimpleNamespace(full=False, flush_at=None, note_spent=lambda _: None)
    loop.doubt = SimpleNamespace(weigh=lambda *_: None, due_at=None)
    loop._house = SimpleNamespace(due_at=None)
    loop._land_until, loop._feeding, loop._pausing, loop._pause_until = None, False, False, 0.0
    loop.source = SimpleNamespace(exhausted=True)
    return loop


def answered(loop) -> None:
    """A turn in which the one user at work is done: what it knows as now is from its begin."""
    now = loop.clock.monotonic()
    loop._settle(SimpleNamespace(), SimpleNamespace(reason=Reason.OK, spent=()))
    loop._send(now)


def test_without_a_pause_the_next_user_is_sent_in_the_turn_of_the_answer(loop):
    loop.settings.schedule.user_pause = 0.0
    answered(loop)
    assert loop.sent


def test_the_next_user_is_held_back_until_the_pause_is_over(loop):
    answered(loop)
    assert not loop.sent
    assert loop._within(loop.clock.monotonic()) == pytest.approx(PAUSE, abs=0.01)
    loop.clock.at += PAUSE
    loop._send(loop.clock.monotonic())
    assert loop.sent


def test_a_pause_that_ends_between_the_look_at_it_and_the_wait_is_not_slept_over(loop):
    answered(loop)
    assert not loop.sent
    assert loop._within(loop._pause_until + 0.001) == 0.0
