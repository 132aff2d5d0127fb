"""What falls to us is waited for; what somebody here still waits for is left to them."""

import ctypes
import os
import subprocess
import sys

import pytest

from supervisor.launcher.orphans import Orphans, _children, _is_dead
from tests.helpers.traces import eventually

PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture
def heir():
    """This process, as one to whom orphans fall."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    yield
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def orphan() -> int:
    """The pid of a dead process whose parent has ended before it was waited for."""
    script = "import os; pid = os.fork(); pid or os._exit(3); print(pid, flush=True); os._exit(0)"
    pid = int(subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True).stdout)
    assert eventually(lambda: pid in _children() and _is_dead(pid))
    return pid


def test_an_orphan_is_waited_for_when_nobody_else_has_been(heir):
    pid, orphans = orphan(), Orphans()
    orphans.reap(0.0)
    orphans.reap(9.9)
    assert _is_dead(pid), "still there for whoever started it"
    orphans.reap(12.0)
    assert pid not in _children()


def test_a_child_that_lives_is_let_alone(heir):
    process = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE)
    orphans = Orphans()
    for now in range(0, 200, 10):
        orphans.reap(float(now))
    assert process.poll() is None
    process.communicate()
    assert process.returncode == 0


def test_a_dead_child_keeps_its_code_for_the_one_who_started_it():
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(5)"])
    assert eventually(lambda: _is_dead(process.pid))
    orphans = Orphans()
    for now in (0.0, 3.0, 6.0, 9.0):
        orphans.reap(now)
    assert process.wait() == 5


def test_looking_is_rare(heir, monkeypatch):
    looked = []
    monkeypatch.setattr(os, "waitid", lambda *_: looked.append(1))
    process = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE)
    orphans = Orphans()
    for now in range(100):
        orphans.reap(100 + now / 51)
    assert len(looked) == len(_children())
    monkeypatch.undo()
    process.communicate()
