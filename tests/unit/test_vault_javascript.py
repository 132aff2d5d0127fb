"""JavaScript's rules where Python's differ; that Node agrees is in tests/contract."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.vault import javascript
from workers.vault.javascript import MAX_DEPTH, NotJson


@pytest.mark.parametrize("space", ["\ufeff", "\u00a0", "\u2028", "\u3000", "\v", "\r\n"])
def test_what_javascript_calls_white_space_is_trimmed(space):
    assert javascript.trim(f"{space}key{space}") == "key"


@pytest.mark.parametrize("kept", ["\u0085", "\x1c", "\x1d", "\x1e", "\x1f", "\u200b", "\u180e", "\x00"])
def test_what_javascript_does_not_call_white_space_stays(kept):
    assert javascript.trim(f"{kept}key{kept}") == f"{kept}key{kept}"


def test_length_counts_an_emoji_twice():
    assert javascript.length("🔑" * 16) == 32
    assert javascript.length("ñ" * 32) == 32
    assert javascript.length("\uffff\U00010000") == 3


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("++//", b"\xfb\xef\xff"),
        ("--__", b"\xfb\xef\xff"),
        ("-+_/", b"\xfb\xef\xff"),
        ("YWI=", b"ab"),
        ("YWI", b"ab"),
        ("YW\r\nI =", b"ab"),
        ("Y!W%I", b"ab"),
        ("YWJj=YWJj", b"abc"),
        ("=YWJj", b""),
        ("YWJjZ", b"abc"),
        ("\u0159WJj", b"abc"),  # Node looks at the low byte alone: U+0159 is a "Y"
        ("", b""),
    ],
)
def test_base64_is_as_lenient_as_nodes(text, data):
    assert javascript.base64_bytes(text) == data


@pytest.mark.parametrize(
    ("text", "data"),
    [("ABcd", b"\xab\xcd"), ("abc", b"\xab"), ("ab\n", b"\xab"), ("abxxcd", b"\xab"), (" ab", b""), ("", b"")],
)
def test_hex_ends_at_the_first_pair_that_is_none(text, data):
    assert javascript.hex_bytes(text) == data


def test_a_byte_order_mark_stays_and_broken_utf8_is_replaced():
    assert javascript.text_of(b"\xef\xbb\xbf{}") == "\ufeff{}"
    assert javascript.text_of(b"a\xff\xed\xa0\x80b") == "a\ufffd\ufffd\ufffd\ufffdb"


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a":-Infinity}', "\ufeff{}", '"\t"', "", "{'a':1}", "{} x"])
def test_what_javascript_calls_no_json_is_none(text):
    assert isinstance(javascript.parse(text), NotJson)


def test_of_duplicate_keys_the_last_wins():
    assert javascript.parse('{"apiKey":"old","apiKey":"new"}') == {"apiKey": "new"}


def test_where_it_stops_being_json_is_told_without_the_text():
    assert javascript.parse('{\n"a": secret}') == NotJson(2, 6)


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "9" * 5000, "1e999", "0." + "1" * 100_000])
def test_a_number_of_any_size_is_a_number(digits):
    assert isinstance(javascript.parse(f"[{digits}]"), list)


def test_nesting_as_deep_as_allowed_is_read_and_one_deeper_is_refused():
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        inner = "[]" if opening == "[" else "{}"
        assert not isinstance(javascript.parse(opening * (MAX_DEPTH - 1) + inner + closing * (MAX_DEPTH - 1)), NotJson)
        assert javascript.parse(opening * MAX_DEPTH + inner + closing * MAX_DEPTH) == NotJson()


def test_brackets_in_strings_and_beside_each_other_do_not_nest():
    brackets = '"' + '[{\\"' * MAX_DEPTH + '"'
    assert javascript.parse(f"[{brackets}]") == ['[{"' * MAX_DEPTH]
    assert javascript.parse("[" + ",".join(["[]"] * 10_000) + "]") == [[]] * 10_000


@pytest.mark.parametrize(
    "text",
    ["[" * (1 << 20), '{"a":' * 200_000, '"' + '\\"[' * 350_000, "[" * 101 + '"' + '\\"' * 500_000, '"[' * 500_000],
    ids=["arrays", "objects", "one endless string", "a string behind arrays", "many strings"],
)
def test_a_mebibyte_of_nesting_is_refused_on_the_small_stack_of_a_place(text):
    results = []
    before = threading.stack_size(512 << 10)
    try:
        place = threading.Thread(target=lambda: results.append(javascript.parse(text)))
        place.start()
    finally:
        threading.stack_size(before)
    place.join(10)
    assert len(results) == 1
    assert isinstance(results[0], NotJson)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("true", "true"),
        ("false", "false"),
        ("587", "587"),
        ("587.0", "587"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0.5", "0.5"),
        ("-12.50", "-12.5"),
        ("1e21", "1e+21"),
        ("-1.5e+30", "-1.5e+30"),
        ("1e20", "100000000000000000000"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1e-7"),
        ("1.25e-9", "1.25e-9"),
        ("9007199254740993", "9007199254740992"),
        ("12345678901234567890", "12345678901234567000"),
        ("5e-324", "5e-324"),
        ("1e400", "Infinity"),
        ("-1e400", "-Infinity"),
    ],
)
def test_numbers_and_booleans_become_javascripts_text(text, shown):
    assert javascript.string_of(javascript.parse(text)) == shown


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_no_digit_of_a_number_is_lost(number):
    assert float(javascript.string_of(number)) == number


@given(text=st.text(st.characters()))
def test_well_formed_text_can_be_sent(text):
    sent = javascript.well_formed(text).encode()
    assert len(sent.decode()) == len(text)
