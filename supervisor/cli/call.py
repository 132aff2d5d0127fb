"""One invocation of the command line, and the options that every command takes."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supervisor.config.load import Loaded
    from supervisor.store import Store


@dataclass
class Call:
    """The global options, wherever on the line they stood."""

    config: Path | None = None
    debug: bool = False

    def load(self, *, quiet: bool = False) -> "Loaded":
        """Read and check the configuration; what it has to tell goes to stderr unless `quiet`."""
        import os

        from supervisor.cli.text import visible
        from supervisor.config.load import load

        loaded = load(self.config, os.environ)
        for note in () if quiet else loaded.notes:
            click.echo(f"healthsup: {visible(note)}", err=True)
        return loaded

    @contextmanager
    def store(self, *, current: bool = True) -> "Iterator[Store]":
        """The configured database for the length of a command; `current` False: also one that is behind."""
        from supervisor.service import open_store

        with open_store(self.load().settings, current=current) as store:
            yield store


pass_call = click.make_pass_decorator(Call, ensure=True)


def _note_config(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.ensure_object(Call).config = value


def _note_debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value:
        ctx.ensure_object(Call).debug = True


def global_options(*, hidden: bool) -> list[click.Parameter]:
    """`--config` and `--debug`; hidden where they are taken only because people write them there too."""
    config = click.Option(
        ["--config"],
        type=click.Path(readable=False, path_type=Path),  # who reads it says what is wrong
        metavar="FILE",
        help="Configuration file; else $HEALTHSUP_CONFIG, else /etc/healthsup/healthsup.toml.",
        callback=_note_config,
        expose_value=False,
        hidden=hidden,
    )
    debug = click.Option(
        ["--debug"],
        is_flag=True,
        help="Print a traceback with an error.",
        callback=_note_debug,
        expose_value=False,
        hidden=hidden,
    )
    return [config, debug]


class Command(click.Command):
    """A command that also takes the global options behind its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(global_options(hidden=True))


class Group(click.Group):
    command_class = Command
    group_class = type
