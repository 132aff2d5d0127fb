"""The manual pages, made of what `--help` and the table of settings are made of.

`python -m supervisor.cli.manual healthsup.1` and `… healthsup.toml.5` print them; scripts/install does.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import click

from supervisor import DISTRIBUTION, __version__
from supervisor.config.keys import KEYS, PROVIDER_PLACEHOLDER, PROVIDERS, Key
from supervisor.config.reference import default_of
from supervisor.errors import Exit
from workers import catalog

EXITS: Final[Mapping[Exit, str]] = MappingProxyType(
    {
        Exit.OK: "Done.",
        Exit.NO: "The question's answer is no.",
        Exit.USAGE: "Wrong usage.",
        Exit.UNAVAILABLE: "A service is not available: no database, no running supervisor.",
        Exit.INTERNAL: "An internal error; --debug shows where.",
        Exit.CONFIG: "Wrong configuration: file, key, DSN or schema.",
    }
)
_FILES: Final = (
    ("/etc/healthsup/healthsup.toml", "The configuration."),
    ("/etc/healthsup/credentials/encryption_key", "The key that opens the credentials; systemd hands it over."),
    ("/var/lib/healthsup", "The embedded PostgreSQL, where no other database is named."),
    ("/run/healthsup", "The sockets of the running daemon."),
)


def command_page() -> Iterator[str]:
    """healthsup(1), line by line."""
    from supervisor.cli.root import root

    yield from _head("HEALTHSUP", 1, "health of third-party API credentials")
    yield from (".SH SYNOPSIS", r"\fBhealthsup\fR [\fIOPTION\fR]... \fICOMMAND\fR [\fIARGUMENT\fR]...")
    yield ".SH DESCRIPTION"
    yield from _text(root.help or "")
    context = click.Context(root, info_name=DISTRIBUTION, **root.context_settings)
    yield ".SH OPTIONS"
    yield from _options(root, context)
    yield ".SH COMMANDS"
    yield from _commands(root, context)
    yield ".SH EXIT STATUS"
    for code, meaning in EXITS.items():
        yield from (".TP", rf".B {code.value}", _plain(meaning))
    yield ".SH FILES"
    for path, meaning in _FILES:
        yield from (".TP", rf".I {_plain(path)}", _plain(meaning))
    yield from (".SH SEE ALSO", ".BR healthsup.toml (5)")


def settings_page() -> Iterator[str]:
    """healthsup.toml(5), line by line."""
    yield from _head("HEALTHSUP.TOML", 5, "configuration of healthsup")
    yield ".SH DESCRIPTION"
    yield from _text(
        "TOML: sections and keys. Every key can be overridden in the environment by HEALTHSUP_<SECTION>__<KEY>, "
        "for example HEALTHSUP_WORKER__WINDOW=16. Seconds and bytes are plain numbers. An unknown key or a wrong "
        "value is an error (78) that names file, key, what was found and what is allowed.\n\n"
        "`healthsup config check` says whether the file is right, `healthsup reload` puts it in force, "
        "`healthsup config show` tells every value with where it came from."
    )
    section, first = "", next(iter(catalog.KNOWN))
    for key in KEYS.values():
        if key.section.startswith(PROVIDERS) and key.section != f"{PROVIDERS}.{first}":
            continue
        if key.section != section:
            section = key.section
            yield f".SH [{_plain(section.replace(first, PROVIDER_PLACEHOLDER))}]"
        yield from _setting(key)
    yield from (".SH SEE ALSO", ".BR healthsup (1)")


def _setting(key: Key) -> Iterator[str]:
    yield from (".TP", rf"\fB{_plain(key.name)}\fR (default: {_plain(default_of(key).strip('`'))})")
    yield _marked(f"{key.meaning}. Allowed: {key.allowed}.")


def _head(name: str, section: int, purpose: str) -> Iterator[str]:
    yield rf'.TH {name} {section} "" "{DISTRIBUTION} {__version__}" "{DISTRIBUTION}"'
    yield from (".SH NAME", rf"{name.lower()} \- {_plain(purpose)}")


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        own = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _commands(command, own)
            continue
        usage = " ".join(command.collect_usage_pieces(own))
        yield rf".SS {_plain(own.command_path)} {_plain(usage)}"
        yield from _text(command.help or "")
        yield from _options(command, own)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        if (record := parameter.get_help_record(context)) is not None:
            names, meaning = record
            yield from (".TP", rf".B {_plain(names)}", _plain(meaning))


def _text(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number:
            yield ".PP"
        yield _marked(" ".join(paragraph.split()))


def _marked(text: str) -> str:
    """What stands between backticks in bold."""
    return re.sub(r"`([^`]*)`", r"\\fB\1\\fR", _plain(text))


def _plain(text: str) -> str:
    """Letters that mean something to the formatter, as themselves."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("^", r"\(ha").replace("~", r"\(ti")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


PAGES: Final[Mapping[str, Callable[[], Iterator[str]]]] = MappingProxyType(
    {"healthsup.1": command_page, "healthsup.toml.5": settings_page}
)

if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in PAGES[sys.argv[1]]())
