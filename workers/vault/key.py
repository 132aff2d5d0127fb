"""Which secret opens the credentials, by the backend's own rules (trimmed, at least 32 UTF-16 units).

In this order: the file named by `keys.encryption_key_file`, the systemd credential `encryption_key`, the
environment variables ENCRYPTION_KEY and JWT_SECRET. What is there but unusable is an error, never passed over
for the next: a wrong key would make every tenant's credential look broken.
"""

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from workers.secret import Secret
from workers.vault import javascript

MIN_UNITS: Final = 32
MAX_KEY_FILE_BYTES: Final = 64 << 10
DEFAULT_SALT: Final = "ivanreseller-production-salt-v1"
CREDENTIAL: Final = "encryption_key"
_CURE: Final = f"put the backend's ENCRYPTION_KEY there, {MIN_UNITS} characters or more"


class NoKey(Exception):  # noqa: N818 - a state of the installation, told as one line
    """No usable key. The text is one line: what was looked for, where, and the cure; no part of the key."""


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """What every key is derived from. `source` says where the secret came from, for people.

    `legacy` allows format A, whose key is the secret's own first 64 hex digits; a JWT_SECRET never was one.
    """

    secret: Secret
    salt: bytes = field(default=DEFAULT_SALT.encode(), repr=False)
    source: str = ""
    legacy: bool = True


def read_key(key_file: Path | None, environ: Mapping[str, str]) -> KeyMaterial:
    """The key material of this process. Raise `NoKey` where there is none to be used."""
    salt = (_text(environ, "ENCRYPTION_SALT") or DEFAULT_SALT).encode()
    if key_file is not None:
        return _from_file(key_file, "the key file", salt)
    credential = _credential_path(environ)
    if credential is not None and os.path.lexists(credential):
        return _from_file(credential, "the systemd credential", salt)
    for name in ("ENCRYPTION_KEY", "JWT_SECRET"):
        text = javascript.trim(_text(environ, name))
        if text:
            _measure(text, name)
            return KeyMaterial(Secret(text), salt, name, legacy=name == "ENCRYPTION_KEY")
    place = "CREDENTIALS_DIRECTORY is not set" if credential is None else f"{str(credential)!r} is not there"
    raise NoKey(
        "no encryption key: keys.encryption_key_file is not set, there is no systemd credential "
        f"{CREDENTIAL} ({place}), and neither ENCRYPTION_KEY nor JWT_SECRET is set; "
        f"put the backend's ENCRYPTION_KEY in one of these places"
    )


def _text(environ: Mapping[str, str], name: str) -> str:
    """The variable as Node sees it: bytes that are not UTF-8 are U+FFFD there."""
    return javascript.text_of(environ.get(name, "").encode("utf-8", "surrogateescape"))


def _credential_path(environ: Mapping[str, str]) -> Path | None:
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder, CREDENTIAL) if folder else None


def _measure(text: str, name: str) -> None:
    units = javascript.length(text)
    if units >= MIN_UNITS:
        return
    beside = ", and a JWT_SECRET does not take its place" if name == "ENCRYPTION_KEY" else ""
    raise NoKey(f"{name} is too short: {units} characters where at least {MIN_UNITS} are needed{beside}; {_CURE}")


def _from_file(path: Path, kind: str, salt: bytes) -> KeyMaterial:
    name = f"{kind} {str(path)!r}"
    content = _read(path, name)
    try:
        text = javascript.trim(content.decode("utf-8"))
    except UnicodeDecodeError:
        text = None
    if text is None:  # raised here, because that error would carry the whole file
        raise NoKey(f"{name} is not UTF-8 text; {_CURE}")
    if not text:
        raise NoKey(f"{name} is empty; {_CURE}")
    _measure(text, name)
    return KeyMaterial(Secret(text), salt, name)


def _read(path: Path, name: str) -> bytes:
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NoKey(f"{name} is not a regular file; name a file that holds the key")
            content = file.read(MAX_KEY_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise NoKey(f"{name} cannot be read ({_why(error)}); {_cure_of(error)}") from None
    if len(content) > MAX_KEY_FILE_BYTES:
        raise NoKey(f"{name} is larger than {MAX_KEY_FILE_BYTES} bytes; {_CURE}")
    return content


def _without_waiting(path: str, flags: int) -> int:
    """A FIFO would keep a plain open waiting for a writer for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


def _why(error: OSError | ValueError) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "no valid path"


def _cure_of(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return "give the worker's user the right to read it"
    return _CURE
