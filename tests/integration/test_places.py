"""The places of the window: no more of them than there were jobs at once, and no job without one."""

import threading
from contextlib import contextmanager

import pytest

from tests.helpers.system import BOUND
from workers.flight import Page
from workers.loop import Window
from workers.wire import Answer, Check, Job, Reason

PLACES = 4


class Crowd:
    """In the place of a look: each check waits until so many are there together."""

    def __init__(self, together: int) -> None:
        self.met = threading.Barrier(together)

    def at(self, job: int, check: Check, _stamp: object) -> Answer:
        self.met.wait(BOUND)
        return Answer(job, check.check, check.attempt, Reason.OK, None, "")


@contextmanager
def window_of(look: Crowd):
    page, _ = Page.create(PLACES)
    answered = threading.Semaphore(0)
    window = Window(
        places=PLACES, vault=None, prober=None, page=page, look=look, post=lambda _: answered.release()
    )  # fmt: skip
    try:
        yield window, answered
    finally:
        window.drain()


def job(number: int) -> Job:
    return Job(number, number, (Check(1, 1, "openai", "production", "-", probe=True),))


def open_places(window: Window) -> int:
    return len(window._threads)


@pytest.mark.parametrize("together", [1, 3, PLACES])
def test_as_many_places_are_open_as_there_were_jobs_at_once(together):
    with window_of(Crowd(together)) as (window, answered):
        assert open_places(window) == 1
        for number in range(1, together + 1):
            window.put(job(number))
        assert all(answered.acquire(timeout=BOUND) for _ in range(together)), "each had a place of its own"
        assert open_places(window) == together


def test_there_are_no_more_places_than_the_window_is_wide():
    with window_of(Crowd(PLACES)) as (window, answered):
        for number in range(1, 2 * PLACES + 1):
            window.put(job(number))
        assert all(answered.acquire(timeout=BOUND) for _ in range(2 * PLACES))
        assert open_places(window) == PLACES


def test_without_room_for_another_place_the_job_waits_for_one_that_is_open(monkeypatch):
    with window_of(Crowd(1)) as (window, answered):
        monkeypatch.setattr(threading.Thread, "start", _no_room)
        for number in (1, 2, 3):
            window.put(job(number))
        assert all(answered.acquire(timeout=BOUND) for _ in range(3))


def test_a_window_that_drains_opens_no_place():
    with window_of(Crowd(1)) as (window, _):
        window.drain()
        window.put(job(1))
        window.put(job(2))
        assert open_places(window) == 1


def _no_room(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
