"""Sealing, opening, and telling apart what does not open."""

import json
import os
from base64 import b64decode, b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.secret import Secret
from workers.vault import Layout, Opened, Vault, formats, read_key
from workers.vault.key import DEFAULT_SALT
from workers.wire import MAX_CIPHERTEXT_CHARS

HEX_KEY = "533f1d244ea8a17b27bda560f99d1fb84a3dc3519caac29f7b28cbdcb1204045"
OTHER = "another-key-of-more-than-32-characters"
VAULT = Vault(read_key(None, {"ENCRYPTION_KEY": HEX_KEY}))
OTHER_VAULT = Vault(read_key(None, {"ENCRYPTION_KEY": OTHER}))
OTHER_SALT = Vault(read_key(None, {"ENCRYPTION_KEY": HEX_KEY, "ENCRYPTION_SALT": "another"}))
IV = bytes(range(16))

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15) + 1, 10**15 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=6)


def sealed_with(plaintext, layout=Layout.GCM):
    """`plaintext` as it is, were it no JSON or no UTF-8 either."""
    if layout is Layout.GCM:
        return formats.seal_gcm(plaintext, VAULT._gcm_keys[0], IV)
    return formats.seal_cbc(plaintext, VAULT._derived(), IV)


def reason(ciphertext, vault=VAULT):
    return vault.open(ciphertext).reason


@pytest.mark.parametrize("layout", Layout)
@given(value=json_objects, ascii_only=st.booleans())
def test_what_is_sealed_opens_to_the_same_object(layout, value, ascii_only):
    sealed = VAULT.seal(Secret(json.dumps(value, ensure_ascii=ascii_only)), layout)
    opened = VAULT.open(sealed)
    assert isinstance(opened, Opened)
    assert opened._values == value


def test_sealing_gives_the_backends_layouts():
    gcm = b64decode(VAULT.seal(Secret("{}"), Layout.GCM), validate=True)
    assert len(gcm) == 16 + 16 + 2
    iv, body = VAULT.seal(Secret("{}"), Layout.CBC).split(":")
    assert (len(iv), len(body)) == (32, 32)
    assert iv + body == (iv + body).lower()


@pytest.mark.parametrize("layout", Layout)
def test_no_two_sealed_values_are_alike(layout):
    assert len({VAULT.seal(Secret("{}"), layout) for _ in range(100)}) == 100


@pytest.mark.parametrize("layout", Layout)
def test_a_lone_surrogate_in_the_text_is_sealed_as_node_would(layout):
    assert VAULT.open(VAULT.seal(Secret('{"a":"\ud83d"}'), layout))._values == {"a": "\ufffd"}


def test_format_a_opens_only_with_a_key_that_begins_with_64_hex_digits():
    sealed = formats.seal_gcm(b'{"legacy":true}', bytes.fromhex(HEX_KEY), IV)
    assert VAULT.open(sealed)._values == {"legacy": True}
    upper = Vault(read_key(None, {"ENCRYPTION_KEY": f"{HEX_KEY.upper()}-longer"}))
    assert upper.open(sealed)._values == {"legacy": True}
    for environ in ({"JWT_SECRET": HEX_KEY}, {"ENCRYPTION_KEY": HEX_KEY[:63] + "x"}):
        assert reason(sealed, Vault(read_key(None, environ))) == "undecryptable"


def test_upper_case_hex_opens():
    assert isinstance(VAULT.open(sealed_with(b"{}", Layout.CBC).upper()), Opened)


@pytest.mark.parametrize("dressed", ["{}\n", "\r\n{}", " {} ", "\ufeff{}"])
def test_white_space_around_a_gcm_value_is_nothing(dressed):
    assert isinstance(VAULT.open(dressed.replace("{}", sealed_with(b"{}"))), Opened)


def test_node_lenience_in_base64_opens():
    plain = sealed_with(b'{"a":"????>>>>~~~~"}')
    wrapped = "\n".join(plain[at : at + 20] for at in range(0, len(plain), 20))
    url = plain.replace("+", "-").replace("/", "_").rstrip("=")
    for variant in (wrapped, url, f"{plain}=junk", plain.replace("A", "!A")):
        assert isinstance(VAULT.open(variant), Opened)


@given(at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_gcm_value_with_any_byte_changed_never_opens(at, flip):
    data = bytearray(b64decode(GCM))
    data[at % len(data)] ^= flip
    assert reason(b64encode(data).decode()) == "undecryptable"


def test_a_gcm_value_cut_anywhere_never_opens():
    data = b64decode(GCM)
    for end in range(len(data)):
        expected = "corrupt" if end <= 32 else "undecryptable"
        assert reason(b64encode(data[:end]).decode() or " ") == expected


@pytest.mark.parametrize("vault", [OTHER_VAULT, OTHER_SALT], ids=["key", "salt"])
def test_a_cbc_value_under_a_wrong_key_is_undecryptable_whatever_its_padding_says(vault):
    """512 values, of which some 2 come out with good padding and garbage before it."""
    reasons = {reason(VAULT.seal(Secret('{"apiKey":"0123456789"}'), Layout.CBC), vault) for _ in range(512)}
    assert reasons == {"undecryptable"}


def test_garbage_behind_good_padding_is_undecryptable_in_cbc_and_corrupt_in_gcm():
    for garbage in (b"\xff\xfe garbage", b"{'a': 1}", b"\xef\xbb\xbf{}", b'{"a":NaN}', b""):
        assert reason(sealed_with(garbage, Layout.CBC)) == "undecryptable"
        assert reason(sealed_with(garbage)) == "corrupt"


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("text", ["null", "[1,2]", '"text"', "1", "true", "[" * 50 + "]" * 50])
def test_json_that_is_no_object_is_corrupt(layout, text):
    assert reason(sealed_with(text.encode(), layout)) == "corrupt"


@pytest.mark.parametrize("layout", Layout)
def test_broken_utf8_inside_json_is_replaced_as_in_node(layout):
    assert VAULT.open(sealed_with(b'{"a":"x\xffy"}', layout))._values == {"a": "x\ufffdy"}


def test_nesting_too_deep_is_corrupt_and_kills_nobody():
    assert reason(sealed_with(b'{"a":' * 50_000)) == "corrupt"


@pytest.mark.parametrize(
    "text",
    ['{"apiKey":"k"}', '{ "apiKey" : "k" }', "{}", ' \n{"a":{"b":1}}', '\ufeff{"a":1}', '{"cut":"sho', '["k"]', '"k"'],
)
def test_json_in_the_column_is_plaintext(text):
    assert reason(text) == "plaintext"


@pytest.mark.parametrize(
    "junk",
    [
        *[
            "",
            " ",
            "\ufeff\n",
            "null",
            "undefined",
            "[object Object]",
            "{junk",
            "{",
            '"',
            "[",
            "[1,",
            "\x00",
            "\x1b[31m",
        ],
        *["a:b", ":", "::", f"{'0' * 32}:", f"{'0' * 30}:{'0' * 32}", f"{'0' * 32}:{'0' * 31}", f"{'0' * 32}:zz"],
        *[f"{'0' * 32}:{'0' * 32}:{'0' * 32}", f"{'g' * 32}:{'0' * 32}", "https://example.org/a", "A" * 43, "=" * 99],
        *["this is a sentence that somebody typed into the column", "\x1b]0;title\x07" * 20, "🙂" * 500, "é" * 500],
    ],
)
def test_what_could_be_no_sealed_value_is_corrupt(junk):
    assert reason(junk) == "corrupt"


def test_a_whole_value_that_does_not_open_is_undecryptable():
    for whole in ("A" * 44, b64encode(os.urandom(100)).decode(), f"{'0' * 32}:{'0' * 64}"):
        assert reason(whole) == "undecryptable"


def test_a_value_longer_than_any_credential_is_corrupt():
    assert reason("A" * (MAX_CIPHERTEXT_CHARS + 1)) == "corrupt"
    assert reason("A" * MAX_CIPHERTEXT_CHARS) == "undecryptable"


@settings(max_examples=300)
@given(
    text=st.text(st.characters(), max_size=200)
    | st.text(st.sampled_from('0123456789abcdefAZ+/=:{"[]\n '), max_size=200)
)
def test_no_text_in_the_column_is_an_exception(text):
    assert reason(text) in ("corrupt", "undecryptable", "plaintext")


GCM = sealed_with(b'{"apiKey":"sk-0123456789"}')


def test_the_default_salt_is_the_backends():
    assert formats.scrypt_key(HEX_KEY, DEFAULT_SALT.encode()) == VAULT._derived()
