"""`healthsup chaos` for real: short storms, a system broken on purpose, and nothing left however it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from supervisor.chaos.system import children
from tests.helpers.project import ROOT

FIELDS = ["seed", "kills", "jobs", "lost", "stored_twice", "misblamed", "innocents_failed", "seconds"]
COMMAND = "import sys; from supervisor.cli.edge import run; sys.exit(run(sys.argv[1:]))"
# The daemon of the storm with one part of it broken; its program is Python text.
BROKEN = (
    "from supervisor.chaos import performance, storm; storm._STALLED_S = 12.0; "
    "performance.PROGRAM = {!r} + performance.PROGRAM; "
)
FORGETS_BYSTANDERS = "from supervisor.service.desk import Desk\nDesk.put_back = lambda *_, **__: None\n"
BLAMES_THE_FIRST = "from supervisor import blame\nblame._at = lambda place, working: working[0][1]\n"
FORGIVES = (
    "from supervisor.assess import Found\nfrom supervisor.service import death\nfrom workers.wire import Reason\n"
    "death._strike = lambda struck, j, d, settle, *_, **__: settle(struck, Found(Reason.OK, ''))\n"
)
STORES_AGAIN = (
    "from supervisor.store import Store\nrecord = Store.record\n"
    "def twice(self, outcomes, **given):\n"
    "    done = record(self, outcomes, **given)\n"
    "    with self.session() as session:\n"
    "        session.execute(b'update healthsup.verdict set reason = reason')\n"
    "    return done\n"
    "Store.record = twice\n"
)


class Run:
    """One storm in a process of its own, with an empty HOME and a temporary directory with a space in it."""

    def __init__(self, room: Path, *arguments: str, before: str = "") -> None:
        self.temporary = room / "te mp"
        self.temporary.mkdir()
        self.home = room / "empty home"
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "HEALTHSUP_DSN": "postgresql://nobody@127.0.0.1:1/never",
            "HEALTHSUP_WORKER__WINDOW": "not even a number",
            "ENCRYPTION_KEY": "too short",
            **{name: value for name, value in os.environ.items() if name == "HEALTHSUP_PG_BIN"},
        }
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", before + COMMAND, "chaos", *arguments],
            cwd="/",
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finished(self, within: float = 150) -> int:
        self.out, self.err = self.process.communicate(timeout=within)
        return self.process.returncode

    def until(self, words: str) -> None:
        for line in self.process.stderr:
            if words in line:
                return
        raise AssertionError(f"it ended without saying {words!r}")

    def left(self) -> list[object]:
        """Everything alive or on disk that it made."""
        signs = (str(self.temporary).encode(), f"supervisor.standin.server\0{self.process.pid}\0".encode())
        found: list[object] = [*self.temporary.iterdir(), *self.home.glob("*")]
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                line = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                found += [line] if any(sign in line for sign in signs) else []
        return found


@pytest.fixture
def room(tmp_path_factory):
    """A directory with a short name: sockets live in it."""
    return tmp_path_factory.mktemp("chaos")


@pytest.mark.parametrize("seed", ["1", "8"])
def test_a_short_storm_is_survived_and_the_ledger_is_clean(room, seed):
    run = Run(room, "--kills", "40", "--seed", seed, "--json")
    assert run.finished() == 0, run.err
    told = json.loads(run.out)
    assert list(told) == FIELDS
    assert told["seed"] == int(seed)
    assert told["kills"] >= 40
    assert told["jobs"] >= 34
    assert {told[name] for name in FIELDS[3:7]} == {0}
    assert "descriptors" in run.err
    assert "log lines a second" in run.err
    assert run.left() == []


def test_without_a_seed_it_takes_one_and_says_which(room):
    run = Run(room, "--kills", "1")
    assert run.finished() == 0, run.err
    (seed,) = re.findall(r"1 kills, seed (\d+)", run.err)
    assert f"Seed {seed}:" in run.out
    assert "ledger" in run.out
    assert "demo-good" not in run.out + run.err
    assert "\x1b" not in run.out + run.err


@pytest.mark.parametrize(
    ("sabotage", "noticed"),
    [
        (FORGETS_BYSTANDERS, "lost"),
        (BLAMES_THE_FIRST, "misblamed"),
        (FORGIVES, "misblamed"),
        (STORES_AGAIN, "stored_twice"),
    ],
    ids=["forgets bystanders", "blames the first", "forgives", "stores again"],
)
def test_a_system_that_is_broken_on_purpose_does_not_pass(room, sabotage, noticed):
    run = Run(room, "--kills", "30", "--seed", "3", "--json", before=BROKEN.format(sabotage))
    assert run.finished() == 1, run.err
    assert json.loads(run.out)[noticed] > 0
    assert run.left() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_in_the_middle_it_clears_everything_away(room, number):
    run = Run(room, "--kills", "500", "--seed", "1")
    run.until("the storm begins")
    run.process.send_signal(number)
    assert run.finished() == 128 + number
    assert run.left() == []


def test_killed_it_leaves_no_process(room):
    run = Run(room, "--kills", "500", "--seed", "1")
    run.until("the storm begins")
    run.process.kill()
    run.finished()
    until = time.monotonic() + 10
    while [one for one in run.left() if isinstance(one, bytes)]:
        assert time.monotonic() < until
        time.sleep(0.02)


# --- the worker that crashes on command can be had in Python only ---------------------------------------------------------


def test_a_run_starts_the_real_worker_whatever_its_environment_says(system):
    system.environ |= {"PYTHONPATH": str(ROOT), "HEALTHSUP_PROGRAM_": "x", "PROGRAM": "workers.faults"}
    with system.run() as running:
        running.wait("worker.ready")
        lines = [Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in children(running.process.pid)]
        assert [line[3:5] for line in lines if b"zygote" in line] == [[b"workers", b"zygote"]]


@pytest.mark.parametrize("key", ["HEALTHSUP_WORKER__PROGRAM", "HEALTHSUP_LAUNCHER__PROGRAM"])
def test_no_setting_names_the_workers_module(system, key):
    system.environ[key] = "workers.faults"
    assert system.command("config", "check").returncode == 78


def test_outside_chaos_nothing_names_it_but_words_about_it():
    naming = {
        str(path.relative_to(ROOT)): line.strip()
        for folder in ("supervisor", "workers")
        for path in ROOT.glob(f"{folder}/**/*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\b(workers\.|import )faults\b", line) and "chaos" not in path.parts and path.name != "faults.py"
    }
    assert set(naming) == {"supervisor/launcher/__init__.py", "supervisor/service/daemon.py"}
    assert all("`workers.faults`" in line for line in naming.values())
