"""`healthsup demo` for real: everything comes out as it must, and nothing is left, however it ends."""

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

PROGRAM = (
    "import sys; from rich.console import Console; from supervisor import demo; "
    "sys.exit(demo.main(int(sys.argv[1]), sys.argv[2] == 'crash', Console(width=80)))"
)
SURPRISED = (
    "from dataclasses import replace; from supervisor.demo import cast, performance; from workers.wire import Reason; "
    "ines = next(p for p in cast._CAST if p.name == 'ines'); "
    "wrong = replace(ines, roles=(replace(ines.roles[0], expected=Reason.OK),)); "
    "cast._CAST = tuple(wrong if p is ines else p for p in cast._CAST); "
)


class Run:
    """One demonstration in a process of its own, with an empty HOME and a temporary directory with a space in it."""

    def __init__(self, room, *arguments, before=""):
        self.temporary = room / "te mp"
        self.temporary.mkdir()
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(room / "empty home"),
            "TMPDIR": str(self.temporary),
            "HEALTHSUP_DSN": "postgresql://nobody@127.0.0.1:1/never",
            "ENCRYPTION_KEY": "too short",
            **{name: value for name, value in os.environ.items() if name == "HEALTHSUP_PG_BIN"},
        }
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", before + PROGRAM, *arguments],
            cwd="/",
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finished(self, within=120):
        self.out, self.err = self.process.communicate(timeout=within)
        return self.process.returncode

    def until(self, words):
        """Read its progress until these words come."""
        for line in self.process.stderr:
            if words in line:
                return
        raise AssertionError(f"it ended without saying {words!r}")

    def processes(self):
        """Everything alive that it started, directly or not, told by its own directory or by its number."""
        signs = (str(self.temporary).encode(), f"supervisor.standin.server\0{self.process.pid}\0".encode())
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and any(sign in (entry / "cmdline").read_bytes() for sign in signs):
                    found.append((entry.name, (entry / "cmdline").read_bytes()))
        return found


@pytest.fixture
def room(tmp_path_factory):
    """A directory with a short name: sockets live in it."""
    return tmp_path_factory.mktemp("demo")


def eventually(condition, within=30.0):
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.01)


def cpu_seconds():
    """Of every process that we have started and that has ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_it_shows_everything_it_promises_and_leaves_nothing(room) -> None:
    before = cpu_seconds()
    run = Run(room, "18", "crash")
    assert run.finished() == 0, run.err + run.out
    assert cpu_seconds() - before < 20  # promised; 6 as a rule, and the rest of its time it waits
    assert "everything came out as it had to" in run.out
    assert "SIGSEGV" in run.out
    assert "ok, second try" in run.out
    for name in ("amelie", "lucia", "rosa", "undecryptable", "plaintext", "rate_limited", "groq \xd716"):
        assert name in run.out
    assert "demo-" not in run.out + run.err
    assert "\x1b" not in run.out + run.err
    assert run.err.count(" …\n") >= 5
    assert list(run.temporary.iterdir()) == []
    assert not (room / "empty home").exists()
    assert run.processes() == []


def test_what_it_did_not_expect_is_said_and_ends_with_70(room) -> None:
    run = Run(room, "12", "whole", before=SURPRISED)
    assert run.finished() == 70
    assert "ines paypal: expected healthy (ok), stored is unhealthy (provider_error)" in " ".join(run.out.split())
    assert run.out.count("not as expected") == 1
    assert "SIGSEGV" not in run.out
    assert list(run.temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_clears_everything_away(room, number) -> None:
    run = Run(room, "12", "crash")
    run.until("checking everyone")
    eventually(run.processes)
    run.process.send_signal(number)
    assert run.finished() != 0
    assert list(run.temporary.iterdir()) == []
    assert run.processes() == []


@pytest.mark.parametrize("step", ["sealing", "starting a PostgreSQL"])
def test_interrupted_while_it_sets_up_it_clears_everything_away(room, step) -> None:
    run = Run(room, "12", "crash")
    run.until(step)
    run.process.send_signal(signal.SIGINT)
    assert run.finished() != 0
    assert list(run.temporary.iterdir()) == []
    assert run.processes() == []


def test_killed_it_leaves_no_process(room) -> None:
    run = Run(room, "12", "crash")
    run.until("checking everyone")
    eventually(run.processes)
    run.process.kill()
    run.finished()
    eventually(lambda: run.processes() == [])


def test_too_few_users_are_refused_before_anything_starts(room) -> None:
    run = Run(room, "3", "crash")
    assert run.finished() != 0
    assert "3 users are too few" in run.err
    assert "sealing" not in run.err
