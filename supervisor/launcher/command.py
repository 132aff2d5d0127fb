"""Command lines and environments of the processes we start. Nothing secret is in an argument."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_PASSED_ON: Final = (
    "ENCRYPTION_KEY", "JWT_SECRET", "ENCRYPTION_SALT", "CREDENTIALS_DIRECTORY", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
_FIXED: Final = {"LANG": "C.UTF-8", "TZ": "UTC", "RES_OPTIONS": "timeout:2 attempts:1", "PATH": "/usr/bin:/bin"}
_CHECK_WITHIN_S: Final = 30


def worker_command(*arguments: str, program: str = "workers") -> list[str]:
    """The command line of `python -m workers`, isolated from the caller's directory and Python settings."""
    return [sys.executable, "-I", "-m", program, *arguments]


def key_option(key_file: str | None) -> list[str]:
    return [f"--key-file={Path(key_file).absolute()}"] if key_file else []


def worker_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The bare environment of a worker; what may hold the key is passed on unread."""
    return {**_FIXED, **{name: environ[name] for name in _PASSED_ON if name in environ}}


def check_key(key_file: str | None, environ: Mapping[str, str]) -> str | None:
    """One line that says why a worker would find no usable key; None when it would."""
    command = [*worker_command("check-key"), *key_option(key_file)]
    try:
        done = subprocess.run(
            command,
            env=worker_environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_CHECK_WITHIN_S,
            check=False,
        )
    except OSError as error:
        return f"the key cannot be looked at ({error.strerror})"
    except subprocess.TimeoutExpired:
        return f"the key could not be read within {_CHECK_WITHIN_S} s"
    if done.returncode == 0:
        return None
    lines: Sequence[str] = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"the key check ended with {done.returncode}"
