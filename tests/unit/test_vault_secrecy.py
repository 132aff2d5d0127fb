"""Whatever goes wrong in the vault, neither the key nor what was sealed is in what it says."""

import json
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.provider import Field, Provider
from workers.secret import Secret
from workers.vault import Layout, NoKey, Opened, Vault, formats, read_key
from workers.verdict import Verdict

KEY = "Key#Kept/Secret+0123456789-0123456789"
MARK = "Plain#Kept/Secret+9876543210"
ENVIRON = {"ENCRYPTION_KEY": KEY, "ENCRYPTION_SALT": f"salt {KEY[::-1]}"}
VAULT = Vault(read_key(None, ENVIRON))
OTHER = Vault(read_key(None, {"ENCRYPTION_KEY": "x" * 40}))
PROVIDER = Provider("shop", (Field("apiKey", max_chars=20), Field("token")))


def assert_silent(*said):
    for text in map(str, said):
        for secret in (MARK, KEY, KEY[::-1], "Kept/Secret", "9876543210"):
            assert secret not in text


def everything_of(error):
    """Text, repr, arguments and traceback of an exception, and of every exception behind it."""
    told = []
    while error is not None:
        told += [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
        error = error.__context__
    return told


def sealed_with(plaintext, layout):
    if layout is Layout.GCM:
        return formats.seal_gcm(plaintext, VAULT._gcm_keys[0], bytes(16))
    return formats.seal_cbc(plaintext, VAULT._derived(), bytes(16))


@pytest.mark.parametrize("layout", Layout)
@given(
    before=st.binary(max_size=20),
    after=st.binary(max_size=20),
    shape=st.sampled_from([b"%s", b'"%s"', b'["%s"]', b'{"apiKey":"%s"', b'{"apiKey":"%s"}', b'{"a":NaN,"b":"%s"}']),
)
def test_no_verdict_tells_what_was_sealed(layout, before, after, shape):
    ciphertext = sealed_with(before + shape % MARK.encode() + after, layout)
    for vault in (VAULT, OTHER):
        opened = vault.open(ciphertext)
        assert_silent(opened, repr(opened))
        if isinstance(opened, Opened):
            fields = opened.fields(PROVIDER)
            assert isinstance(fields, Verdict)
            assert_silent(fields, repr(fields))


@given(before=st.text(st.sampled_from('{["\n :a'), max_size=4), after=st.text(st.sampled_from('}]"\n :a'), max_size=4))
def test_no_verdict_tells_what_stood_in_clear_in_the_column(before, after):
    for text in (f"{before}{MARK}{after}", json.dumps({"apiKey": f"{before}{MARK}{after}"})):
        verdict = VAULT.open(text)
        assert isinstance(verdict, Verdict)
        assert_silent(verdict, repr(verdict))


def test_the_vault_and_what_it_gives_show_nothing():
    opened = VAULT.open(VAULT.seal(Secret(json.dumps({"apiKey": MARK})), Layout.CBC))
    reading = opened.read((Field("apiKey"),))
    assert reading.fields["apiKey"].reveal() == MARK
    for value in (VAULT, VAULT._material, opened, reading, reading.fields):
        assert_silent(value, repr(value), f"{value}")


@given(text=st.sampled_from([MARK, f" {MARK}\n", MARK[:5], f"\udcff{MARK}", MARK + "\x1f"]))
def test_no_refused_key_is_told(text):
    for environ in ({"ENCRYPTION_KEY": text}, {"JWT_SECRET": text}):
        try:
            read_key(None, environ)
        except NoKey as error:
            assert_silent(*everything_of(error))
        else:
            pytest.fail("it is too short to be a key")


@pytest.mark.parametrize(
    "content", [MARK.encode(), f"{MARK * 4}\udcff".encode("utf-8", "surrogateescape"), MARK.encode() * 9999]
)
def test_no_refused_key_file_is_told(tmp_path, content):
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(NoKey) as caught:
        read_key(path, {})
    assert_silent(*everything_of(caught.value))
