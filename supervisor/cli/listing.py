"""Rows on stdout: a table on a terminal, or a block a row where that is narrow; aligned text in a pipe; JSON Lines."""

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import click

from supervisor.cli.text import cell, moment

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_PAGE: Final = 500  # rows that are aligned together: a listing of any length starts at once and needs little memory
_FRAME: Final = 3  # columns of a terminal that a column's frame takes
_LAST_AT_LEAST: Final = 20  # columns of a terminal: the last cell is a sentence that may be folded, the others may not
_COLOURS: Final = MappingProxyType({"healthy": "green", "degraded": "yellow", "unhealthy": "red", "unknown": "magenta"})


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing tells: JSON fields, and the columns (attribute, heading) of its table. Numbers stand right."""

    fields: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    numbers: frozenset[str] = frozenset()
    nothing: str = "nothing to show"

    def print(self, rows: Iterable[object], *, as_json: bool) -> int:
        """Print them all; how many there were."""
        if as_json:
            return sum(self._print_json(row) for row in rows)
        count = 0
        remaining = iter(rows)
        while page := list(islice(remaining, _PAGE)):
            _print_page(self, page, first=not count)
            count += len(page)
        if not count:
            click.echo(self.nothing, err=True)
        return count

    def _print_json(self, row: object) -> int:
        click.echo(line({name: getattr(row, name) for name in self.fields}))
        return 1


def line(facts: Mapping[str, object]) -> str:
    """One JSON object in ASCII on one line; instants as RFC 3339, what JSON cannot say as null."""
    return json.dumps({name: _plain(value) for name, value in facts.items()}).replace("\x7f", "\\u007f")


def _plain(value: object) -> object:
    match value:
        case datetime():
            return moment(value)
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case _:
            return value


def _print_page(listing: Listing, rows: Sequence[object], *, first: bool) -> None:
    cells = [[cell(getattr(row, name)) for name, _ in listing.columns] for row in rows]
    if sys.stdout.isatty():
        _print_rich(listing, cells)
    else:
        _print_plain(listing, cells, first=first)


def _print_rich(listing: Listing, rows: list[list[str]]) -> None:
    from rich.console import Console

    console = Console()
    *widths, last = _widths(listing, rows)
    if sum(widths) + min(last, _LAST_AT_LEAST) + _FRAME * len(listing.columns) < console.width:
        console.print(_table(listing, rows))
        return
    for row in rows:
        console.print(_block(listing, row))


def _table(listing: Listing, rows: list[list[str]]) -> "Table":
    from rich.box import ROUNDED
    from rich.table import Table

    table = Table(box=ROUNDED, header_style="bold")
    for name, heading in listing.columns:
        table.add_column(heading, justify="right" if name in listing.numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_coloured, row))
    return table


def _block(listing: Listing, row: list[str]) -> "Table":
    """The row standing up, an empty line behind it; what is empty is left out."""
    from rich.table import Table

    block = Table.grid(padding=(0, 2, 0, 0))
    block.add_column(style="bold", no_wrap=True)
    block.add_column(overflow="fold")
    for (_, heading), one in zip(listing.columns, row, strict=True):
        if one:
            block.add_row(heading, _coloured(one))
    block.add_row()
    return block


def _coloured(text: str) -> "Text":
    from rich.text import Text

    return Text(text, _COLOURS.get(text, ""))


def _widths(listing: Listing, rows: list[list[str]]) -> list[int]:
    """Of each column, its heading included, in columns of a terminal."""
    from rich.cells import cell_len

    headings = [heading for _, heading in listing.columns]
    return [max(map(cell_len, column)) for column in zip(headings, *rows, strict=True)]


def _print_plain(listing: Listing, rows: list[list[str]], *, first: bool) -> None:
    from rich.cells import cell_len

    headings = [heading for _, heading in listing.columns]
    widths = _widths(listing, rows)
    for row in ([headings] if first else []) + rows:
        parts = []
        for one, width, (name, _) in zip(row, widths, listing.columns, strict=True):
            gap = " " * (width - cell_len(one))
            parts.append(gap + one if name in listing.numbers else one + gap)
        click.echo("  ".join(parts).rstrip())
