"""The page that survives the worker."""

import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.flight import CELL_BYTES, Page, sealed_memory, size_for
from workers.wire import MAX_CHECKS_PER_JOB, Phase


@pytest.fixture
def page():
    page, fd = Page.create(4)
    yield page
    page.close()
    os.close(fd)


def test_a_place_says_what_it_does(page):
    page.begin(2, 7)
    page.stamp(2, 7, 42, Phase.PROBE, 1.5)
    assert page.places()[2] == page.places()[2].__class__(2, 7, 42, Phase.PROBE, 1.5, ())


def test_finished_answers_stay_until_the_next_job_begins(page):
    page.begin(0, 1)
    for check in range(MAX_CHECKS_PER_JOB):
        page.stamp(0, 1, check + 1, Phase.REPORT, 0.0)
        page.finish(0, b"answer-%d" % check)
    assert page.places()[0].answers == tuple(b"answer-%d" % check for check in range(MAX_CHECKS_PER_JOB))
    page.begin(0, 2)
    assert page.places()[0].answers == ()


def test_an_answer_longer_than_its_cell_is_left_out(page):
    page.begin(0, 1)
    page.finish(0, b"x" * CELL_BYTES)
    assert page.places()[0].answers == (b"",)


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
        "from workers.flight import Page\nfrom workers.wire import Phase\n"
        f"page = Page({fd}, 1)\n"
        "page.begin(0, 5); page.stamp(0, 5, 6, Phase.DECRYPT, 1.0); page.finish(0, b'done')\n"
        "ctypes.string_at(0)\n"
    )
    died = subprocess.run([sys.executable, "-c", program], pass_fds=(fd,), capture_output=True)
    assert died.returncode == -signal.SIGSEGV
    (place,) = page.places()
    assert (place.job, place.check, place.phase, place.answers) == (5, 6, Phase.DECRYPT, (b"done",))
    page.close()
    os.close(fd)
