"""`config show` and `config check`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from supervisor.cli import listings
from supervisor.cli.call import Call, Group, pass_call
from supervisor.cli.options import json_option
from supervisor.cli.text import visible

if TYPE_CHECKING:
    from supervisor.config.load import Loaded


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    value: object
    origin: str


@click.group(cls=Group)
def config() -> None:
    """The configuration."""


@config.command()
@json_option
@pass_call
def show(call: Call, *, as_json: bool) -> None:
    """The effective settings with where each came from; secrets are masked."""
    rows = _json_rows(call.load()) if as_json else _table_rows(call.load())
    listings.SETTINGS.print(rows, as_json=as_json)


@config.command()
@pass_call
def check(call: Call) -> None:
    """Say whether the configuration is right, and nothing else."""
    loaded = call.load()
    where = f"{visible(str(loaded.path))} is right" if loaded.path else "no file, and the defaults are right"
    click.echo(where, err=True)


def _json_rows(loaded: "Loaded") -> Iterator[_Row]:
    from supervisor.config.dsn import masked
    from supervisor.config.keys import KEYS

    for dotted, origin in loaded.origins.items():
        if dotted.endswith(".probe"):
            own = loaded.settings.own[dotted.split(".")[1]]
            yield _Row(dotted, f"{own.method} {own.path}, {len(own.answers)} answers", origin)
            continue
        section, _, name = dotted.rpartition(".")
        top, _, api = section.partition(".")
        holder = getattr(loaded.settings, top)
        value = getattr(holder[api] if api else holder, name)
        if dotted in KEYS and KEYS[dotted].secret and value:
            value = masked(value) if isinstance(value, str) else ["***"] * len(value)
        yield _Row(dotted, list(value) if isinstance(value, tuple) else value, origin)


def _table_rows(loaded: "Loaded") -> Iterator[_Row]:
    """The same with values as a file would have them."""
    for row in _json_rows(loaded):
        value = row.value
        if isinstance(value, bool):
            value = str(value).lower()
        elif isinstance(value, float):
            value = f"{value:g}"
        elif isinstance(value, list):
            value = f"[{', '.join(value)}]"
        yield _Row(row.key, value, row.origin)
