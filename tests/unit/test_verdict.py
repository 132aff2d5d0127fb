import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.dialogue import answer
from workers.verdict import (
    Failure,
    Reply,
    Trouble,
    Verdict,
    instant,
    json_object,
    judge,
    number_at,
    object_at,
    of_failure,
    of_reply,
    text_at,
    truth_at,
    unrecognised,
    value_at,
)
from workers.wire import MAX_MESSAGE_CHARS, SUPERVISOR_ONLY, Reason

HTML = {"content-type": "text/html; charset=UTF-8"}
PAGE = b"<!DOCTYPE html><html><title>Just a moment...</title></html>"


def in_general(status, body=b"{}", headers=None):
    return of_reply(Reply(status, headers or {"content-type": "application/json"}, body)).reason


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_not_judged(status):
    assert in_general(status, PAGE, HTML) is Reason.UNRECOGNISED
    assert in_general(status, b"") is Reason.UNRECOGNISED


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530, 599])
def test_a_server_error_is_the_providers_even_as_a_page(status):
    assert in_general(status) is Reason.PROVIDER_ERROR
    assert in_general(status, PAGE, HTML) is Reason.PROVIDER_ERROR


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429])
def test_a_page_where_json_is_due_is_ours(status):
    assert in_general(status, PAGE, HTML) is Reason.BLOCKED
    assert in_general(status, b"\r\n  <HTML>hotel Wi-Fi", {}) is Reason.BLOCKED


@pytest.mark.parametrize("status", [200, 403, 429, 503])
def test_a_challenge_of_a_firewall_is_ours_whatever_it_looks_like(status):
    assert in_general(status, b"", {"cf-mitigated": "challenge"}) is Reason.BLOCKED


@pytest.mark.parametrize("status", [407, 511])
def test_a_proxy_that_wants_a_login_is_ours(status):
    assert in_general(status) is Reason.BLOCKED


def test_json_that_is_called_html_is_still_json():
    assert in_general(403, b'{"a": 1}', HTML) is Reason.UNRECOGNISED


def test_429_is_a_rate_limit():
    assert in_general(429) is Reason.RATE_LIMITED
    assert in_general(429, b"slow down", {"content-type": "text/plain"}) is Reason.RATE_LIMITED


@pytest.mark.parametrize(
    "body", [b"", b"   ", b'{"object": "list", "data": [', b"[]", b"null", b"OK", b"\xff\xfe", b"{'a'}"]
)
def test_success_without_its_json_is_the_providers_error(body):
    assert in_general(200, body) is Reason.PROVIDER_ERROR
    assert in_general(204, body) is Reason.PROVIDER_ERROR


@pytest.mark.parametrize("status", [100, 101, 199, 200, 400, 401, 402, 403, 404, 418, 451, 498])
def test_what_nobody_documents_is_unrecognised(status):
    assert in_general(status, b'{"error": "invalid"}') is Reason.UNRECOGNISED


@pytest.mark.parametrize("trouble", Trouble)
def test_every_failure_has_a_verdict(trouble):
    assert isinstance(of_failure(Failure(trouble)), Verdict)
    assert judge(Failure(trouble), lambda _status, _body: unrecognised()) == of_failure(Failure(trouble))


def test_what_the_provider_documents_goes_before_the_general_rules():
    ours = Verdict(Reason.QUOTA_EXHAUSTED, "top up")
    assert judge(answer(429, {"a": 1}), lambda status, body: ours if (status, body["a"]) == (429, 1) else None) is ours
    assert judge(answer(429, {"a": 1}), lambda _status, _body: None).reason is Reason.RATE_LIMITED


def test_a_provider_is_not_asked_about_what_is_no_json_object():
    def never(_status, _body):
        raise AssertionError

    assert judge(answer(200, b"<html>", HTML), never).reason is Reason.BLOCKED
    assert judge(answer(200, [1]), never).reason is Reason.PROVIDER_ERROR


def test_a_depth_bomb_is_refused_before_it_is_parsed():
    assert json_object(Reply(200, {}, b'{"a":' * 100_000)) is None
    assert json_object(Reply(200, {}, b'{"a":' + b"[" * 64 + b"]" * 64 + b"}")) is None
    assert json_object(Reply(200, {}, b'{"a":' + b"[" * 63 + b"]" * 63 + b"}")) is not None


def test_closing_brackets_in_a_string_hide_no_depth():
    hidden = b'{"a":"' + b"]" * 1000 + b'\\"}}","b":' + b"[" * 500 + b"]" * 500 + b"}"
    assert json_object(Reply(200, {}, hidden)) is None


@given(st.lists(st.sampled_from(["[", "]", "{", "}", '"', "\\", ":", ",", "1", '"a":']), max_size=60).map("".join))
@settings(deadline=None)
def test_no_scrap_takes_the_reader_deeper_than_allowed(text):
    body = (text + "[" * 2000 + text + "{" * 2000).encode()
    assert json_object(Reply(200, {}, b'{"a":' + body)) is None


def test_brackets_in_a_string_are_no_depth():
    body = json.dumps({"a": '[{"' * 500, "b": [{}] * 100}).encode()
    assert json_object(Reply(200, {}, body)) == {"a": '[{"' * 500, "b": [{}] * 100}


def test_a_body_of_quotes_is_read_in_linear_time():
    assert json_object(Reply(200, {}, b"{" + b'[\\"' * 80_000)) is None  # quadratic would take minutes


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": ' + b"9" * 100_000 + b"}", float("inf")),
        (b'{"a": 12345678901234567890123}', 1.2345678901234568e22),
        (b'{"a": 1e999}', float("inf")),
        (b'{"a": 1, "a": 2}', 2),
        (b'{"a": "\xff\xfe"}', "��"),
        (b'\xef\xbb\xbf{"a": 1}', 1),
        (b' \r\n{"a": "\\ud800"}', "\ud800"),
    ],
)
def test_odd_json_is_still_read(body, value):
    assert json_object(Reply(200, {}, body)) == {"a": value}


def test_nan_is_no_number():
    assert number_at(json_object(Reply(200, {}, b'{"a": NaN}')), "a") is None
    assert number_at(json_object(Reply(200, {}, b'{"a": -Infinity}')), "a") is None


def test_the_pickers_take_only_what_has_the_right_type_and_place():
    body = {"errors": [{"id": 7, "text": "x", "flag": True, "deep": {"a": 1}}], "none": None}
    assert number_at(body, "errors", 0, "id") == 7
    assert text_at(body, "errors", 0, "text") == "x"
    assert truth_at(body, "errors", 0, "flag") is True
    assert object_at(body, "errors", 0, "deep") == {"a": 1}
    assert number_at(body, "errors", 0, "flag") is None
    assert text_at(body, "errors", 0, "id") == ""
    assert truth_at(body, "errors", 0, "id") is None
    assert object_at(body, "errors") is None
    for path in [("errors", 1), ("errors", -1), ("errors", "0"), ("none", "a"), ("x",), (0,), ("errors", 0, "text", 0)]:
        assert value_at(body, *path) is None


@given(st.binary())
@settings(deadline=None)
def test_no_body_raises(body):
    assert json_object(Reply(200, {}, body)) is None or body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


ALPHABET = st.sampled_from(list('{}[]",:\\u0019eE+-.ntf '))


@given(st.lists(ALPHABET).map("".join))
@settings(deadline=None)
def test_no_scraps_of_json_raise(text):
    found = json_object(Reply(200, {}, b"{" + text.encode()))
    try:
        expected = json.loads("{" + text)
    except ValueError:
        expected = None
    assert repr(found) == repr(expected)  # NaN differs from itself


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["content-type", "server", "cf-mitigated"]), st.text()),
    st.binary(),
)
@settings(deadline=None)
def test_the_general_rules_are_total_and_never_blame_a_tenant(status, headers, body):
    verdict = of_reply(Reply(status, headers, body))
    assert verdict.reason in {
        Reason.UNRECOGNISED,
        Reason.BLOCKED,
        Reason.PROVIDER_ERROR,
        Reason.RATE_LIMITED,
    }
    assert verdict.reason not in SUPERVISOR_ONLY
    assert 0 < len(verdict.message) <= MAX_MESSAGE_CHARS


@pytest.mark.parametrize(
    ("stored", "seconds"),
    [
        ("2025-06-15T15:06:40Z", 1_750_000_000),
        ("2025-06-15T15:06:40.000Z", 1_750_000_000),
        ("2025-06-15T17:06:40+02:00", 1_750_000_000),
        ("2025-06-15 15:06:40", 1_750_000_000),
        ("1750000000", 1_750_000_000),
        ("1750000000000", 1_750_000_000),
        (" 1750000000.5 ", 1_750_000_000.5),
    ],
)
def test_a_stored_date_is_read_in_the_forms_that_rows_have(stored, seconds):
    assert instant(stored) == seconds


@pytest.mark.parametrize("stored", ["", "soon", "9" * 50, "2025-13-01", "true", "-5", "1.2.3", "²", "nan", "0x10"])
def test_what_is_no_date_is_none(stored):
    assert instant(stored) is None


@given(st.text())
@settings(deadline=None)
def test_no_stored_date_raises(text):
    assert instant(text) is None or isinstance(instant(text), float | int)
