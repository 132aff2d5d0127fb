"""Nothing of a row reaches a terminal, a pipe or a JSON line unescaped."""

import io
import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from supervisor.cli.listing import Listing, line
from supervisor.cli.text import cell, moment, visible

_ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BIDI_AND_INVISIBLE = "\u202e\u2066\u200b\u200d\ufeff\u2028\u034f\ufe0f\u3164\U000e0041\u115f"
hostile = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf"]),
        st.sampled_from(_BIDI_AND_INVISIBLE + "\x1b\r\n\t\x7f\x9b[]"),
    ),
    max_size=400,
)


@given(hostile, st.integers(min_value=1, max_value=250))
def test_no_character_that_acts_survives_and_the_length_is_kept(text, most):
    shown = visible(text, most)
    assert not [char for char in shown if unicodedata.category(char) in _ACTING or char in _BIDI_AND_INVISIBLE]
    assert len(shown) <= most


@given(st.text(st.characters(categories=["L", "N", "P", "S"], max_codepoint=0x10FF), max_size=200))
def test_ordinary_text_stays_as_it_is(text):
    assert visible(text) == text
    assert visible("María, Ñandú & Søn: 漢字 ✓") == "María, Ñandú & Søn: 漢字 ✓"


def test_what_acts_is_spelled_out():
    assert visible("a\x1b[31m\nb\u202e\ud83d\U000e0041") == "a\\x1b[31m\\x0ab\\u202e\\ud83d\\U000e0041"


def test_a_long_text_is_cut_with_a_sign():
    assert visible("x" * 10_000) == "x" * 199 + "…"


LISTING = Listing(
    fields=("name", "count"), columns=(("name", "name"), ("count", "count")), numbers=frozenset({"count"})
)


@given(hostile)
def test_a_plain_table_is_one_line_a_row(text):
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        LISTING.print([SimpleNamespace(name=text, count=1)], as_json=False)
    heading, row = out.getvalue().removesuffix("\n").split("\n")
    assert heading.split() == ["name", "count"]
    assert not [char for char in row if unicodedata.category(char) in _ACTING]


@given(hostile)
def test_a_json_line_is_ascii_on_one_line_and_loses_nothing(text):
    said = line({"text": text})
    assert said.isascii()
    assert said.isprintable()
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # a pair is one character
    assert json.loads(said) == {"text": joined}


def test_a_terminals_table_takes_markup_for_text(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("rich.console.Console", lambda: Console(file=out, width=100))
    LISTING.print([SimpleNamespace(name="[link=http://evil][red]x[/]", count=1)], as_json=False)
    assert "[link=http://evil][red]x[/]" in out.getvalue()


@pytest.mark.parametrize(("width", "is_a_table"), [(45, False), (46, True)])
def test_a_table_that_a_terminal_is_too_narrow_for_is_told_a_block_a_row(monkeypatch, width, is_a_table):
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("rich.console.Console", lambda: Console(file=out, width=width, color_system=None))
    columns = (("name", "name"), ("count", "count"), ("at", "at"), ("text", "text"))
    listing = Listing(fields=(), columns=columns, numbers=frozenset({"count"}))
    listing.print(
        [
            SimpleNamespace(name="amelie", count=7, at=None, text="word " * 8),
            SimpleNamespace(name="b", count=1, at=None, text=""),
        ],
        as_json=False,
    )
    lines = out.getvalue().splitlines()
    assert out.getvalue().count("word") == 8
    assert ("╭" in out.getvalue()) == is_a_table
    if not is_a_table:
        assert [line.split() for line in lines[:2]] == [["name", "amelie"], ["count", "7"]]
        assert lines[2].startswith("text   word word")
        assert [line.split() for line in lines[-4:]] == [[], ["name", "b"], ["count", "1"], []]


def test_instants_are_utc_with_a_z():
    at = datetime(2026, 3, 1, 1, 2, 3, 456_789, tzinfo=timezone(timedelta(hours=-3)))
    assert moment(at) == "2026-03-01T04:02:03.456Z"
    assert cell(at) == "2026-03-01 04:02:03Z"
    assert moment(None) is None


def test_json_says_null_for_what_is_missing_or_no_number():
    facts = {"at": datetime(2026, 3, 1, tzinfo=UTC), "none": None, "nan": float("nan"), "yes": True}
    assert json.loads(line(facts)) == {"at": "2026-03-01T00:00:00.000Z", "none": None, "nan": None, "yes": True}
