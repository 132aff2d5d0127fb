"""Records as journald would read them: one datagram, or a sealed memfd, or a line on stderr. Against the real one: tests/systemd."""

import array
import fcntl
import io
import logging
import os
import socket
from pathlib import Path

import pytest

from supervisor.telemetry import journal
from supervisor.telemetry.journal import JournalHandler


@pytest.fixture
def far(short_dir):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.settimeout(10)
        made.bind(str(short_dir / "journal"))
        yield made


@pytest.fixture
def handler(short_dir):
    made = JournalHandler(str(short_dir / "journal"))
    yield made
    made.close()


def record(name="worker.died", level=logging.WARNING, **facts):
    made = logging.LogRecord("healthsup", level, "", 0, name, (), None)
    made.facts = facts
    return made


def fields(data: bytes) -> dict[str, str]:
    """The native protocol, read."""
    found = {}
    while data:
        line, _, rest = data.partition(b"\n")
        if b"=" in line:
            key, _, value = line.partition(b"=")
        else:
            key, size = line, int.from_bytes(rest[:8], "little")
            value, rest = rest[8 : 8 + size], rest[8 + size + 1 :]
        found[key.decode()] = value.decode()
        data = rest
    return found


def test_each_fact_is_a_field_in_capitals(far, handler):
    handler.emit(record(user_id=42, api="ebay", signal=None))
    assert fields(far.recv(65536)) == {
        "MESSAGE": "worker.died user_id=42 api=ebay",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "healthsup",
        "EVENT": "worker.died",
        "USER_ID": "42",
        "API": "ebay",
    }


@pytest.mark.parametrize(
    ("level", "priority"), [("DEBUG", 7), ("INFO", 6), ("WARNING", 4), ("ERROR", 3), ("CRITICAL", 2)]
)
def test_a_level_is_the_priority_of_the_same_weight(far, handler, level, priority):
    handler.emit(record(level=getattr(logging, level)))
    assert fields(far.recv(65536))["PRIORITY"] == str(priority)


def test_a_value_of_several_lines_forges_no_field(far, handler):
    handler.emit(record(line="first\nEVENT=status.changed\nPRIORITY=0"))
    found = fields(far.recv(65536))
    assert found["LINE"] == "first\nEVENT=status.changed\nPRIORITY=0"
    assert (found["EVENT"], found["PRIORITY"]) == ("worker.died", "4")


def test_no_fact_replaces_a_field_of_the_journals_own(far, handler):
    handler.emit(record(message="x", priority=0, event="y", syslog_identifier="z"))
    found = fields(far.recv(65536))
    assert (found["EVENT"], found["PRIORITY"], found["SYSLOG_IDENTIFIER"]) == ("worker.died", "4", "healthsup")


def test_a_record_too_large_for_a_datagram_goes_through_a_sealed_memfd(far, handler):
    handler.emit(record(line="x" * 4_000_000))
    _, ancillary, _, _ = far.recvmsg(65536, socket.CMSG_LEN(4))
    ((_, _, data),) = ancillary
    (fd,) = array.array("i", data)
    with os.fdopen(fd, "rb") as file:
        assert fcntl.fcntl(fd, fcntl.F_GET_SEALS) == journal._SEALS
        file.seek(0)
        assert len(fields(file.read())["LINE"]) == 4_000_000


def test_without_a_journal_the_line_goes_to_stderr_with_its_priority(handler, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    handler.emit(record(user_id=42))
    assert stream.getvalue() == "<4>worker.died user_id=42\n"


def test_a_journal_that_takes_nothing_stops_nobody(far, handler, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    handler._socket.settimeout(0.01)
    queue = int(Path("/proc/sys/net/unix/max_dgram_qlen").read_text())
    for _ in range(queue + 20):
        handler.emit(record())
    assert stream.getvalue() == ""


def test_stderr_is_the_journal_only_when_it_is_the_very_stream_that_systemd_made(monkeypatch, tmp_path):
    with (tmp_path / "stream").open("w") as stream:
        facts = os.fstat(stream.fileno())
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setenv("JOURNAL_STREAM", f"{facts.st_dev}:{facts.st_ino}")
        assert journal.stderr_is_the_journal()
        monkeypatch.setenv("JOURNAL_STREAM", f"{facts.st_dev}:{facts.st_ino + 1}")
        assert not journal.stderr_is_the_journal()
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert not journal.stderr_is_the_journal()
