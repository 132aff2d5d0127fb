"""The zygotes: what cannot be made costs nothing that there is, and one that is replaced costs nobody his life."""

import os
import signal
from contextlib import ExitStack

import pytest

from supervisor.errors import Transient
from supervisor.launcher import nursery as room
from supervisor.launcher.nursery import Nursery
from tests.helpers.descriptors import descriptors_left, open_descriptors
from tests.helpers.traces import alive, children
from tests.helpers.worker import ENVIRON
from workers.flight import Page, sealed_memory

ARGUMENTS = ["--endpoint=ipc:///nowhere", "--identity=w", "--generation=1", "--places=1"]
BOUND = 30.0


@pytest.fixture
def nursery():
    made = Nursery(ENVIRON, "workers", confined=False)
    yield made
    made.bury()


@pytest.fixture
def given():
    """A worker's page, dump and stderr."""
    with ExitStack() as stack:
        page, page_fd = Page.create(1)
        stack.callback(page.close)
        fds = [page_fd, sealed_memory("a dump", 4096), sealed_memory("its words", 4096)]
        for fd in fds:
            stack.callback(os.close, fd)
        yield fds


def works(nursery, given):
    pid, pidfd = nursery.fork(ARGUMENTS, given)
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.close(pidfd)
    return nursery.ending(pid, BOUND) == -signal.SIGKILL


def test_a_worker_for_whose_descriptor_there_is_no_room_is_ended_and_the_zygote_and_the_others_live(nursery, given):
    zygote, (other, pidfd) = nursery.pid, nursery.fork(ARGUMENTS, given)
    with descriptors_left(0), pytest.raises(Transient, match="Too many open files"):
        nursery.fork(ARGUMENTS, given)
    assert (nursery.pid, children(zygote)) == (zygote, [other])
    os.close(pidfd)
    assert works(nursery, given)


@pytest.mark.parametrize("room", [0, 1, 2, 3, 4])
def test_a_zygote_that_cannot_be_started_leaves_nothing_open(nursery, given, room):
    nursery.bury()
    before = open_descriptors()
    with descriptors_left(room), pytest.raises(Transient):
        nursery.fork(ARGUMENTS, given)
    assert open_descriptors() == before
    assert works(nursery, given)


@pytest.fixture
def renewed(nursery, given, monkeypatch):
    """Its zygote was replaced while two workers of it lived; their pids and pidfds, and the old one's pid."""
    workers = [nursery.fork(ARGUMENTS, given) for _ in range(2)]
    old = nursery.pid
    monkeypatch.setattr(room.worker_program, "digest", lambda: "f" * 16)
    assert nursery.successor().complaint(BOUND) is None
    nursery.succeed()
    yield old, workers
    for _, pidfd in workers:
        os.close(pidfd)


def test_the_program_that_is_at_work_already_needs_no_other_zygote(nursery, given):
    assert works(nursery, given)
    assert nursery.successor() is None


def test_a_zygote_that_was_replaced_ends_with_the_last_of_its_workers_and_that_is_no_death(nursery, given, renewed):
    old, workers = renewed
    assert nursery.pid != old
    for left, (pid, pidfd) in ((1, workers[0]), (0, workers[1])):
        assert works(nursery, given)
        assert (alive(old), len(children(old))) == (True, left + 1)
        signal.pidfd_send_signal(pidfd, signal.SIGTERM)
        assert nursery.ending(pid, BOUND) == -signal.SIGTERM
    assert not alive(old)
    assert nursery.deaths == []


def test_a_zygote_of_which_nobody_lives_ends_as_soon_as_it_is_replaced(nursery, given, monkeypatch):
    assert works(nursery, given)
    old = nursery.pid
    monkeypatch.setattr(room.worker_program, "digest", lambda: "f" * 16)
    assert nursery.successor().complaint(BOUND) is None
    nursery.succeed()
    assert not alive(old)
    assert works(nursery, given)


def test_another_has_to_wait_while_workers_of_the_one_before_are_at_work(nursery, renewed):
    with pytest.raises(Transient, match="at work"):
        nursery.successor()
    for pid, pidfd in renewed[1]:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        nursery.ending(pid, BOUND)
    assert nursery.successor() is not None


def test_one_that_dies_after_it_was_replaced_is_told_of_and_the_next_lives_on(nursery, given, renewed):
    old, ((pid, _), (other, _)) = renewed
    new = nursery.pid
    os.kill(old, signal.SIGKILL)
    assert [nursery.ending(one, BOUND) for one in (pid, other)] == [-signal.SIGKILL] * 2
    assert (nursery.deaths, nursery.pid) == ([""], new)
    assert works(nursery, given)


def test_one_that_hangs_after_it_was_replaced_is_given_up_alone(nursery, given, renewed):
    old, ((pid, pidfd), _) = renewed
    new = nursery.pid
    os.kill(old, signal.SIGSTOP)
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    assert nursery.ending(pid, 0.0) is None
    nursery.give_up(pid)
    assert nursery.ending(pid, BOUND) == -signal.SIGKILL
    assert (alive(old), nursery.pid) == (False, new)
    assert works(nursery, given)


def test_one_that_is_withdrawn_leaves_nothing(nursery, given, monkeypatch):
    assert works(nursery, given)
    before, open_before = nursery.pid, open_descriptors()
    monkeypatch.setattr(room.worker_program, "digest", lambda: "f" * 16)
    pid = nursery.successor().pid
    nursery.withdraw()
    assert (alive(pid), nursery.pid, open_descriptors()) == (False, before, open_before)
    assert works(nursery, given)


@pytest.mark.parametrize("room_left", [0, 1, 2, 3, 4])
def test_one_that_cannot_be_started_costs_nothing_that_there_is(nursery, given, monkeypatch, room_left):
    assert works(nursery, given)
    before, open_before = nursery.pid, open_descriptors()
    monkeypatch.setattr(room.worker_program, "digest", lambda: "f" * 16)
    with descriptors_left(room_left), pytest.raises(Transient, match="Too many open files"):
        nursery.successor()
    assert (nursery.pid, open_descriptors()) == (before, open_before)
    assert works(nursery, given)


def test_one_cannot_be_made_of_a_program_that_is_not_there(nursery, given, monkeypatch):
    assert works(nursery, given)

    def gone():
        raise FileNotFoundError(2, os.strerror(2))

    monkeypatch.setattr(room.worker_program, "digest", gone)
    with pytest.raises(Transient, match="No such file"):
        nursery.successor()
    assert works(nursery, given)
