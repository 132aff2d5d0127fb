"""The page that survives the worker."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.flight import CELL_BYTES, KEPT_BYTES, Page, Pen, sealed_memory, size_for
from workers.wire import MAX_CHECKS_PER_JOB, Phase


@pytest.fixture
def page():
    page, fd = Page.create(4)
    yield page
    page.close()
    os.close(fd)


def test_a_place_says_what_it_does(page):
    pen = page.pen(2)
    pen.begin(7, 42, 1.5, 0)
    assert page.places()[2].phase is Phase.DECRYPT
    pen.stamp(Phase.PROBE)
    assert page.places()[2] == page.places()[2].__class__(2, 7, 42, Phase.PROBE, 1.5, ())


def test_finished_answers_stay_until_the_next_job_begins(page):
    pen = page.pen(0)
    for check in range(MAX_CHECKS_PER_JOB):
        pen.begin(1, check + 1, 0.0, check)
        pen.finish(check, b"answer-%d" % check)
    pen.stamp(Phase.IDLE)
    assert page.places()[0].answers == tuple(b"answer-%d" % check for check in range(MAX_CHECKS_PER_JOB))
    pen.begin(2, 1, 0.0, 0)
    assert page.places()[0].answers == ()


def test_an_answer_longer_than_its_cell_is_left_out(page):
    pen = page.pen(0)
    pen.begin(1, 1, 0.0, 0)
    pen.finish(0, b"x" * KEPT_BYTES)
    pen.finish(1, b"x" * (KEPT_BYTES + 1))
    assert page.places()[0].answers == (b"x" * KEPT_BYTES, b"")


def test_places_write_beside_each_other():
    page, fd = Page.create(3)
    for place in range(3):
        page.pen(place).begin(place + 1, 1, 0.0, 0)
        for finished in range(MAX_CHECKS_PER_JOB):
            page.pen(place).finish(finished, b"%d" % place * KEPT_BYTES)
    assert [place.job for place in page.places()] == [1, 2, 3]
    assert [set(place.answers) for place in page.places()] == [{b"%d" % place * KEPT_BYTES} for place in range(3)]
    page.close()
    os.close(fd)


class TornError(Exception):
    """The death of the worker, at whatever it writes next."""


class Memory(bytearray):
    """Stands where the mapped page stands, and lets so many writes through."""

    left = 100

    def __setitem__(self, where, what):
        if not self.left:
            raise TornError
        self.left -= 1
        super().__setitem__(where, what)


@pytest.mark.parametrize(("writes", "answers"), [(0, (b"first",)), (1, (b"first",)), (2, (b"first", b"second"))])
def test_an_answer_is_known_when_all_of_it_stands_there_and_not_before(page, writes, answers):
    memory = Memory(size_for(4))
    pen = Pen(memory, 0)
    pen.begin(1, 1, 0.0, 0)
    pen.finish(0, b"first")
    memory.left = writes
    with suppress(TornError):
        pen.finish(1, b"second")
    page._memory[:] = bytes(memory)
    assert page.places()[0].answers == answers


def test_nobody_can_resize_the_page():
    fd = sealed_memory("test", size_for(1))
    with pytest.raises(PermissionError):
        os.ftruncate(fd, 0)
    with pytest.raises(PermissionError):
        os.ftruncate(fd, size_for(2))
    os.close(fd)


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=64), st.integers(0, size_for(2)))
def test_whatever_the_worker_scribbles_reading_is_bounded(pattern, start):
    page, fd = Page.create(2)
    os.pwrite(fd, (pattern * size_for(2))[: size_for(2) - start], start)
    places = page.places()
    assert len(places) == 2
    assert all(len(place.answers) <= MAX_CHECKS_PER_JOB for place in places)
    assert all(len(answer) <= CELL_BYTES for place in places for answer in place.answers)
    assert page.rss_kib() >= 0
    page.close()
    os.close(fd)


def test_a_stamp_survives_a_crash_right_behind_it():
    page, fd = Page.create(1)
    program = (
        "import ctypes, sys\n"
        "from workers.flight import Page\n"
        f"pen = Page({fd}, 1).pen(0)\n"
        "pen.begin(5, 6, 1.0, 0); pen.finish(0, b'done')\n"
        "ctypes.string_at(0)\n"
    )
    died = subprocess.run([sys.executable, "-c", program], pass_fds=(fd,), capture_output=True)
    assert died.returncode == -signal.SIGSEGV
    (place,) = page.places()
    assert (place.job, place.check, place.phase, place.answers) == (5, 6, Phase.DECRYPT, (b"done",))
    page.close()
    os.close(fd)
