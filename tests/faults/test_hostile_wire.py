"""A worker that is taken over writes to its wire below ZeroMQ: what does not belong there ends it, and costs nobody."""

import json
import signal
import time
from pathlib import Path

import pytest

from tests.helpers.system import BOUND

OTHERS = 3


def besieged(system, *words):
    """A tenant whose credential takes the worker over, among others whose credentials are good."""
    guilty, *others = system.tenants.users(1 + OTHERS)
    order = json.dumps([["say", word] for word in words])
    text = system.seal({"apiKey": "sk-demo-slow-2000ms-fault-attack-connect-0123456789", "order": order})
    system.tenants.credential(guilty, "openai", text=text)
    for user in others:
        system.openai(user, "good")
    system.configure(worker={"window": 1})
    return guilty, others


def peak_mib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


WORDS = {
    "a frame that claims a terabyte": ("oversize", "left its wire"),
    "bytes that are no frame": ("junk", "left its wire"),
    "a frame that is no message": ("no-message", ""),
    "a frame of nothing": ("nothing", ""),
    "a message in two parts": ("two-parts", "2 frames instead of one"),
    "a hundred thousand frames that are no messages": ("no-message,100000", ""),
}


@pytest.mark.parametrize(("word", "complaint"), WORDS.values(), ids=WORDS)
def test_it_is_killed_for(system, word, complaint):
    guilty, others = besieged(system, word)
    with system.run("workers.faults") as running:
        before = time.monotonic()
        died = running.wait("worker.died")
        assert (died["judgement"], died["user_id"]) == ("protocol", None)
        assert complaint in died["complaint"]
        assert len(died["complaint"]) <= 200
        assert time.monotonic() - before < BOUND / 2
        running.wait("worker.died", count=2)
        for user in others:
            running.wait("status.changed", user_id=user, current="healthy")
        assert peak_mib(running.process.pid) < 200
        assert not running.all("check.quarantined")
        assert not running.all("status.changed", user_id=guilty)
        running.stop(signal.SIGTERM)
    assert system.tenants.rows("select max(strikes) from healthsup.checks") == [(0,)]
    assert len(running.events) < 200


@pytest.mark.timeout(90)
def test_it_is_killed_for_a_message_without_an_end_before_our_memory_is_full(system):
    besieged(system, "endless-parts,100000")  # six gigabytes
    with system.run("workers.faults") as running:
        died = running.wait("worker.died", within=60)
        assert (died["judgement"], died["complaint"]) == ("protocol", "our memory grows while it is connected")
        assert peak_mib(running.process.pid) < 5000
        running.stop(signal.SIGTERM)
