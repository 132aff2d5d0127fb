"""Which secret is the key: the backend's own rules, and one line for whoever has none."""

import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.vault import NoKey, read_key
from workers.vault.key import DEFAULT_SALT, MAX_KEY_FILE_BYTES

KEY = "k-0123456789-0123456789-0123456789"
OTHER = "o-0123456789-0123456789-0123456789"
SHORT = "only-thirty-one-characters-long"


def secret(*, environ=None, key_file=None):
    return read_key(key_file, environ or {}).secret.reveal()


def refusal(*, environ=None, key_file=None):
    with pytest.raises(NoKey) as caught:
        read_key(key_file, environ or {})
    text = str(caught.value)
    assert "\n" not in text
    assert "\x1b" not in text
    return text


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n", "utf-8")
    return path


@pytest.fixture
def credentials(tmp_path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    folder.joinpath("encryption_key").write_text(f"{KEY}\n", "utf-8")
    return folder


def test_the_key_file_comes_first(key_file, credentials):
    credentials.joinpath("encryption_key").write_text(OTHER, "utf-8")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials), "ENCRYPTION_KEY": OTHER, "JWT_SECRET": OTHER}
    assert secret(environ=environ, key_file=key_file) == KEY


def test_the_systemd_credential_comes_before_the_environment(credentials):
    environ = {"CREDENTIALS_DIRECTORY": str(credentials), "ENCRYPTION_KEY": OTHER}
    assert secret(environ=environ) == KEY


def test_a_credentials_directory_without_the_key_leaves_it_to_the_environment(tmp_path):
    assert secret(environ={"CREDENTIALS_DIRECTORY": str(tmp_path), "ENCRYPTION_KEY": KEY}) == KEY


def test_the_encryption_key_comes_before_the_jwt_secret():
    assert secret(environ={"ENCRYPTION_KEY": KEY, "JWT_SECRET": OTHER}) == KEY


@pytest.mark.parametrize("blank", ["", " ", "\ufeff\u00a0\n"])
def test_a_blank_encryption_key_leaves_it_to_the_jwt_secret(blank):
    material = read_key(None, {"ENCRYPTION_KEY": blank, "JWT_SECRET": f" {OTHER}\n"})
    assert (material.secret.reveal(), material.source, material.legacy) == (OTHER, "JWT_SECRET", False)


@pytest.mark.parametrize("short", ["brief", SHORT, f"  {SHORT}  ", "🔑" * 15])
def test_a_short_encryption_key_is_an_error_even_beside_a_long_jwt_secret(short):
    text = refusal(environ={"ENCRYPTION_KEY": short, "JWT_SECRET": OTHER})
    assert "ENCRYPTION_KEY is too short" in text
    assert short.strip() not in text


def test_the_backends_old_public_default_is_too_short_in_any_place():
    assert "JWT_SECRET is too short: 28" in refusal(environ={"JWT_SECRET": "d" * 28})


@pytest.mark.parametrize("enough", ["x" * 32, "🔑" * 16, f"{SHORT}\u0085", f"\x1f{SHORT}"])
def test_32_utf16_units_are_enough_by_javascripts_trim(enough):
    assert secret(environ={"ENCRYPTION_KEY": f"\ufeff{enough}\r\n"}) == enough


def test_bytes_that_are_no_utf8_in_the_environment_are_what_node_makes_of_them():
    raw = (KEY.encode() + b"\xff").decode("utf-8", "surrogateescape")
    assert secret(environ={"ENCRYPTION_KEY": raw}) == f"{KEY}\ufffd"


def test_the_salt_is_taken_raw():
    assert read_key(None, {"ENCRYPTION_KEY": KEY, "ENCRYPTION_SALT": " s\u00e9l "}).salt == " s\u00e9l ".encode()
    assert read_key(None, {"ENCRYPTION_KEY": KEY, "ENCRYPTION_SALT": " "}).salt == b" "


@pytest.mark.parametrize("environ", [{}, {"ENCRYPTION_SALT": ""}])
def test_without_a_salt_it_is_the_backends_default(environ):
    assert read_key(None, {"ENCRYPTION_KEY": KEY, **environ}).salt == DEFAULT_SALT.encode()


def test_no_key_at_all_names_every_place_and_the_cure(tmp_path):
    text = refusal(environ={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    for place in ("keys.encryption_key_file", str(tmp_path / "encryption_key"), "ENCRYPTION_KEY", "JWT_SECRET"):
        assert place in text
    assert "CREDENTIALS_DIRECTORY is not set" in refusal()


def test_a_named_key_file_is_never_passed_over(tmp_path):
    text = refusal(environ={"ENCRYPTION_KEY": KEY}, key_file=tmp_path / "gone")
    assert str(tmp_path / "gone") in text
    assert "No such file or directory" in text


def test_a_folder_as_key_file_is_said(tmp_path):
    assert "directory" in refusal(key_file=tmp_path).lower()


def test_a_fifo_as_key_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refusal(key_file=tmp_path / "pipe")


def test_a_socket_as_key_file_is_refused(tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert "cannot be read" in refusal(key_file=tmp_path / "s")


def test_an_unreadable_key_file_is_said_with_its_own_cure(key_file, monkeypatch):
    if os.geteuid() == 0:  # root reads everything: let the kernel's answer come from the seam

        def refuse(*_args):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("workers.vault.key.os.open", refuse)
    key_file.chmod(0)
    text = refusal(key_file=key_file)
    assert "Permission denied" in text
    assert "right to read" in text


def test_a_key_file_that_is_not_utf8_is_said(key_file):
    key_file.write_bytes(b"\xff" * 40)
    assert "not UTF-8" in refusal(key_file=key_file)


@pytest.mark.parametrize("blank", ["", " \n", "\ufeff"])
def test_an_empty_key_file_is_said(key_file, blank):
    key_file.write_text(blank, "utf-8")
    assert "is empty" in refusal(key_file=key_file, environ={"ENCRYPTION_KEY": KEY})


def test_a_short_key_in_a_file_is_an_error(key_file):
    key_file.write_text(SHORT, "utf-8")
    text = refusal(key_file=key_file)
    assert "too short: 31" in text
    assert SHORT not in text


def test_a_key_file_without_end_is_refused(key_file):
    key_file.write_text("k" * (MAX_KEY_FILE_BYTES + 1), "utf-8")
    assert "larger" in refusal(key_file=key_file)


@pytest.mark.parametrize("folder", ["a\nb", "\x1b[31mred"])
def test_a_hostile_path_cannot_break_the_line(tmp_path, folder):
    refusal(environ={"CREDENTIALS_DIRECTORY": str(tmp_path / folder)})
    refusal(key_file=tmp_path / folder)
    refusal(key_file=tmp_path / f"{folder}\x00")


def test_the_material_does_not_print():
    shown = repr(read_key(None, {"ENCRYPTION_KEY": KEY, "ENCRYPTION_SALT": "salted"}))
    assert KEY not in shown
    assert "salted" not in shown


@given(text=st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_key_is_taken_exactly_from_32_units_on(text):
    trimmed = text.strip(
        "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
    )
    long_enough = len(trimmed.encode("utf-16-le")) >= 64
    try:
        taken = secret(environ={"ENCRYPTION_KEY": text})
    except NoKey:
        assert not long_enough
    else:
        assert long_enough
        assert taken == trimmed
