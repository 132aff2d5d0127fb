"""The zygote and the limits of this process: what cannot be made costs nothing that there is."""

import os
import signal
from contextlib import ExitStack

import pytest

from supervisor.errors import Transient
from supervisor.launcher.nursery import Nursery
from tests.helpers.descriptors import descriptors_left, open_descriptors
from tests.helpers.traces import children
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
