"""Nothing that stands in a log line can be mistaken for anything else."""

import io
import json
import logging
import select
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervisor import telemetry
from supervisor.telemetry import EVENT_FIELDS, event, printable


@pytest.fixture
def lines(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    telemetry.configure("json", "info")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger("healthsup").handlers = []


@given(st.text(alphabet=st.characters(codec=None), max_size=700))
def test_no_character_that_a_terminal_or_log_acts_on_gets_through(text):
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) <= 500


@pytest.mark.parametrize("name", sorted(EVENT_FIELDS))
def test_fields_without_a_value_are_null_not_missing(name, lines):
    event(name)
    (line,) = lines()
    assert line["event"] == name
    assert dict.fromkeys(EVENT_FIELDS[name]).items() <= line.items()
    assert {"at", "level"} <= line.keys()


def test_a_forged_log_line_in_a_fact_stays_one_line(lines):
    event("worker.stderr", line='x"}\n{"event":"worker.ready"}\x1b[2J')
    assert len(lines()) == 1
    assert lines()[0]["event"] == "worker.stderr"


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_line_of_the_longest_facts_is_no_longer_than_what_a_pipe_takes_at_once(form, monkeypatch):
    """Whoever asks a pipe whether there is room is promised so much and no more."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    telemetry.configure(form, "info")
    facts = {f"fact{number}": "\N{GRINNING FACE}" * 600 for number in range(8)}
    event("worker.died", logging.WARNING, pid=7, **facts)
    (line,) = stream.getvalue().splitlines(keepends=True)
    assert len(line.encode("ascii", "backslashreplace")) <= select.PIPE_BUF
    if form == "json":
        read = json.loads(line)
        assert (read["event"], read["pid"]) == ("worker.died", 7)
        assert all(read[name].startswith("\N{GRINNING FACE}") and read[name].endswith("…") for name in facts)


def test_a_terminals_line_tells_the_time_in_utc_whatever_its_zone(capsys, monkeypatch):
    monkeypatch.setenv("TZ", "America/Santiago")
    monkeypatch.setenv("NO_COLOR", "1")
    time.tzset()
    try:
        before = datetime.now(UTC)
        telemetry.configure("console", "info")
        event("worker.promoted", generation=2)
        after = datetime.now(UTC)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert capsys.readouterr().err in {f"{at:%H:%M:%SZ} worker.promoted  generation=2\n" for at in (before, after)}
