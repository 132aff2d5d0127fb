"""Whoever reads the log takes nothing more (Ctrl-S on a terminal, a pager, a log driver that blocks): the work goes on."""

import os
import subprocess
import sys
from contextlib import suppress

from tests.helpers.system import BOUND, ROOT
from tests.helpers.traces import eventually

COMMAND = [sys.executable, "-m", "supervisor", "run"]


def filled(writing: int) -> None:
    """The pipe is full."""
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while os.write(writing, b"\n" * 4096):
            pass
    os.set_blocking(writing, True)


def test_a_full_pipe_holds_nobody_up_and_what_is_read_again_is_written_again(system):
    users = system.tenants.users(3)
    for user in users:
        system.openai(user, "good")
    reading, writing = os.pipe()
    filled(writing)
    process = subprocess.Popen(COMMAND, env=system.environ, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=writing)
    os.close(writing)
    try:
        assert eventually(lambda: system.statuses() == dict.fromkeys(users, "healthy"), BOUND), "the log held it up"
        os.read(reading, 1 << 16)
        process.terminate()
        assert process.wait(BOUND) == 0
        with os.fdopen(reading) as log:
            assert '"supervisor.stopped"' in log.read()
    finally:
        process.kill()
        process.wait()
