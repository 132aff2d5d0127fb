"""What the service manager is told: the words, the signs of life, and that nobody else can speak in our name."""

import socket
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervisor.service.notify import Facts, Progress, span, words
from supervisor.telemetry import Manager, manager

DAY = 86400.0


class Listener:
    """The manager's end."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(10)
        self.socket.bind(address)

    def heard(self) -> list[str]:
        return self.socket.recv(4096).decode().split("\n")


@pytest.fixture
def listener(short_dir):
    made = Listener(str(short_dir / "notify"))
    yield made
    made.socket.close()


@pytest.fixture
def environ(short_dir, listener):
    return {"NOTIFY_SOCKET": str(short_dir / "notify"), "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1", "HOME": "/"}


@pytest.fixture
def told(environ):
    made = Manager(environ)
    yield made
    made.close()


def test_the_status_line_is_what_an_operator_reads():
    assert (
        words(Facts(412, 3, None, 7, 3 * DAY, 16)) == "412 checks, 3 unhealthy; database ok; worker 7 up 3d; window 16"
    )


def test_the_status_line_says_what_is_missing():
    line = words(Facts(None, None, "the server closed the connection", None, 0.0, 1))
    assert line == "database away (the server closed the connection); no worker; window 1"


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0s"), (59.9, "59s"), (60, "1m"), (7199, "1h"), (2 * DAY - 1, "1d"), (400 * DAY, "400d")]
)
def test_a_span_is_told_in_its_largest_unit(seconds, text):
    assert span(seconds) == text


def test_work_that_moves_is_never_stuck():
    progress = Progress(0.0)
    for now in range(1000):
        progress.look(now // 20, float(now))
        assert not progress.stuck(float(now), 30.0)


def test_work_that_stands_still_is_stuck_when_patience_ends():
    progress = Progress(0.0)
    progress.look("the same", 5.0)
    progress.look("the same", 34.0)
    assert not progress.stuck(35.0, 30.0)
    assert progress.stuck(35.1, 30.0)


def test_no_work_is_no_lack_of_progress():
    progress = Progress(0.0)
    progress.look("the same", 5.0)
    progress.rest(1000.0)
    progress.look("the same", 1001.0)
    assert not progress.stuck(1030.0, 30.0)


def test_without_a_manager_every_word_goes_nowhere():
    silent = Manager({})
    with silent.patience():
        silent.tell(READY=1)
    assert silent.watchdog_s is None
    silent.close()


def test_the_variables_leave_the_environment(environ):
    Manager(environ).close()
    assert environ == {"HOME": "/"}


def test_a_watchdog_is_told_in_seconds(told):
    assert told.watchdog_s == 3.0


@pytest.mark.parametrize("nonsense", ["", "-5", "soon"])
def test_a_watchdog_of_nonsense_watches_nobody(environ, nonsense):
    made = Manager(environ | {"WATCHDOG_USEC": nonsense})
    assert made.watchdog_s is None
    made.close()


def test_words_arrive_in_one_datagram(told, listener):
    told.tell(READY=1, STATUS="well")
    assert listener.heard() == ["READY=1", "STATUS=well"]


@given(st.text(st.characters(codec=None), max_size=600))
def test_no_text_can_become_a_word_of_its_own(text):
    name = f"healthsup-words-{threading.get_native_id()}"
    far, made = Listener(f"\0{name}"), Manager({"NOTIFY_SOCKET": f"@{name}"})
    try:
        made.tell(STATUS=f"{text}\nMAINPID=1")
        (line,) = far.heard()
        assert line.startswith("STATUS=")
    finally:
        made.close()
        far.socket.close()


def test_an_abstract_address_is_understood():
    name = f"healthsup-test-{threading.get_native_id()}"
    far = Listener(f"\0{name}")
    made = Manager({"NOTIFY_SOCKET": f"@{name}"})
    made.tell(STOPPING=1)
    assert far.heard() == ["STOPPING=1"]
    made.close()
    far.socket.close()


def test_a_manager_that_is_gone_is_no_error(told, listener, short_dir):
    listener.socket.close()
    (short_dir / "notify").unlink()
    told.tell(WATCHDOG=1)


def test_the_time_limit_of_a_start_moves_on_while_it_takes_long(told, listener, monkeypatch):
    monkeypatch.setattr(manager, "_EXTEND_EVERY_S", 0.01)
    with told.patience():
        assert [listener.heard() for _ in range(3)] == [["EXTEND_TIMEOUT_USEC=60000000"]] * 3
    assert "patience" not in {thread.name for thread in threading.enumerate()}


def test_no_child_of_the_daemon_inherits_the_managers_variables(environ):
    """The environment itself is what every child would get that is not given one."""
    script = (
        "import os, subprocess, sys; from supervisor.telemetry import Manager; Manager(os.environ).close();"
        "subprocess.run(['/usr/bin/env'], check=True)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environ | {"PATH": "/usr/bin:/bin"}, capture_output=True)
    assert b"NOTIFY_SOCKET" not in done.stdout
    assert b"WATCHDOG" not in done.stdout
    assert b"PATH=" in done.stdout
