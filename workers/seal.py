"""`python -m workers seal`: fields from stdin → ciphertext on stdout; its caller never sees a secret.

A pipe brings one JSON object; on a terminal each field is asked for, hidden. Nothing of either is echoed.
"""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Never

import msgspec

from workers import catalog
from workers.declared import provider_of
from workers.own import OwnProvider
from workers.provider import Provider
from workers.secret import Secret
from workers.vault import Layout, NoKey, Opened, Vault, javascript, read_key
from workers.verdict import Verdict
from workers.wire import MAX_CIPHERTEXT_CHARS

MAX_STDIN_BYTES: Final = 1 << 20
_WRONG_INPUT: Final = 2
_NO_KEY: Final = 78
_INTERRUPTED: Final = 130
_TYPED_BOOLEANS: Final = {"true": True, "false": False}


class _Refused(Exception):  # noqa: N818 - a word about the input, told as one line
    """The input is no credential of this API; the text never quotes it."""


def main(argv: list[str], environ: Mapping[str, str] | None = None) -> int:
    """Seal one credential: 0, 2 for wrong input, 78 without a key; `SystemExit(2)` for wrong arguments."""
    given = _arguments(argv)
    try:
        ciphertext = _sealed(given, os.environ if environ is None else environ)
    except _Refused as refused:
        return _end(_WRONG_INPUT, str(refused))
    except NoKey as error:
        return _end(_NO_KEY, str(error))
    except KeyboardInterrupt:
        return _end(_INTERRUPTED, "interrupted; nothing was sealed")
    sys.stdout.write(f"{ciphertext}\n")
    return 0


def _end(exit_code: int, message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return exit_code


def _sealed(given: argparse.Namespace, environ: Mapping[str, str]) -> str:
    provider = provider_of(given.table) if given.table else _provider(given.api)
    vault = Vault(read_key(given.key_file, environ))  # first: nobody types secrets for a key that is not there
    text = _ask(provider) if sys.stdin.isatty() else _piped()
    _check(text, provider)
    ciphertext = vault.seal(text, Layout(given.format))
    if len(ciphertext) > MAX_CIPHERTEXT_CHARS:
        raise _Refused("the credential is too large once sealed; leave out what the API does not need")
    return ciphertext


class _Parser(argparse.ArgumentParser):
    """Quotes no argument in an error: somebody may have put the secret there."""

    def error(self, message: str) -> Never:
        del message
        self.exit(
            _WRONG_INPUT,
            f"{self.format_usage()}wrong arguments; fields come from stdin or a prompt, never an argument\n",
        )


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="python -m workers seal", description=__doc__, allow_abbrev=False)
    parser.add_argument("--api", required=True, metavar="NAME")
    parser.add_argument("--table", type=_table, metavar="JSON")
    parser.add_argument("--format", choices=[*Layout], default=Layout.GCM, metavar="gcm|cbc")
    parser.add_argument("--key-file", type=Path, metavar="PATH")
    return parser.parse_args(argv)


def _table(text: str) -> OwnProvider:
    return msgspec.json.decode(text, type=OwnProvider)


def _provider(api: str) -> Provider:
    name = catalog.canonical(api)
    if name is None:
        raise _Refused(f"unknown api; known are {', '.join(catalog.KNOWN)}")
    from workers import providers  # noqa: PLC0415 - `--help` and a wrong name need none of them

    return providers.find(name)


def _piped() -> Secret:
    """The object's text as it came: sealing it unchanged loses no digit and no escape."""
    data = sys.stdin.buffer.read(MAX_STDIN_BYTES + 1)
    if len(data) > MAX_STDIN_BYTES:
        raise _Refused(f"more than {MAX_STDIN_BYTES} bytes on stdin; give one JSON object")
    try:
        text = javascript.trim(data.decode("utf-8"))  # a byte order mark goes with the white space
    except UnicodeDecodeError:
        text = None
    if text is None:  # raised here, because that error would carry the whole input
        raise _Refused("stdin is not UTF-8 text; give one JSON object")
    return Secret(text)


def _ask(provider: Provider) -> Secret:
    """One hidden question a field; an optional one is skipped with an empty answer."""
    values: dict[str, str | bool] = {}
    for field in provider.fields:
        hint = "" if field.required else " (optional, Enter to skip)"
        answer = _hidden(f"{provider.name} {field.name}{hint}: ")
        if answer:
            values[field.name] = _TYPED_BOOLEANS.get(answer, answer)
        elif field.required:
            raise _Refused(f"{field.name} is required; nothing was sealed")
    return Secret(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def _hidden(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except EOFError:
        trouble = "the input ended before every field was given; nothing was sealed"
    except UnicodeError:
        trouble = "what was typed is not text in this terminal's encoding; nothing was sealed"
    raise _Refused(trouble)


def _check(text: Secret, provider: Provider) -> None:
    value = javascript.parse(text.reveal())
    if isinstance(value, javascript.NotJson):
        place = f" (line {value.line}, column {value.column})" if value.line else ""
        raise _Refused(f"what came is no JSON{place}; give one JSON object with the fields of {provider.name}")
    if not isinstance(value, dict):
        raise _Refused(f"what came is JSON, but no object; give one with the fields of {provider.name}")
    reading = Opened(value).read(provider.fields)
    if isinstance(reading, Verdict):
        raise _Refused(reading.message)
    if not reading.fields:
        names = ", ".join(field.name for field in provider.fields)
        raise _Refused(f"none of the fields of {provider.name} is there ({names}); nothing was sealed")
    if reading.missing:
        raise _Refused(f"{provider.name} also needs {', '.join(reading.missing)}; nothing was sealed")
