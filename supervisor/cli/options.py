"""Options that several commands share, and the types of their values."""

import difflib
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from workers import catalog

if TYPE_CHECKING:
    _TextType = click.ParamType[str]
else:
    _TextType = click.ParamType  # not generic before click 8.2

_MAX_ID = 2**31 - 1
_SHOWN = 60
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class ApiName(_TextType):
    """A known api; an alias becomes its canonical name."""

    name = "api"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        name = catalog.canonical(value.lower()) or _own(value, ctx)
        if name is None:
            near = difflib.get_close_matches(value.lower()[:_SHOWN], list(catalog.CANONICAL), n=1, cutoff=0.7)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(catalog.KNOWN)}."
            self.fail(f"unknown api {value[:_SHOWN]!a}: {hint}", param, ctx)
        return name

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        del ctx, param
        return [CompletionItem(name) for name in catalog.KNOWN if name.startswith(incomplete)]


def _own(value: str, ctx: click.Context | None) -> str | None:
    """The name, if the configuration describes such a provider."""
    from supervisor.cli.call import Call

    call = ctx.find_object(Call) if ctx else None
    return value if call is not None and value in call.load(quiet=True).settings.own else None


class Words(_TextType):
    """A text that a row can hold: not empty, printable, valid Unicode."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not value.strip() or not value.isprintable():
            self.fail("it is empty, or holds a character that cannot be printed.", param, ctx)
        return value


class SignalName(_TextType):
    """A signal's name, with or without SIG."""

    name = "signal"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        names = [one.name.removeprefix("SIG") for one in signal.Signals]
        name = value.upper().removeprefix("SIG")
        if name not in names:
            near = difflib.get_close_matches(name[:_SHOWN], names, n=1)
            hint = f"did you mean {near[0]}?" if near else "take a name like SEGV, ABRT or KILL."
            self.fail(f"unknown signal {value[:_SHOWN]!a}: {hint}", param, ctx)
        return name


ID = click.IntRange(1, _MAX_ID)


def json_option(command: Decorated) -> Decorated:
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")(command)


def limit_option(command: Decorated) -> Decorated:
    limit = click.IntRange(1, 1_000_000)
    return click.option("--limit", type=limit, metavar="N", default=20, show_default=True, help="Rows at most.")(
        command
    )


def environment_option(default: str | None, text: str) -> Callable[[Decorated], Decorated]:
    return click.option(
        "--environment", type=Words(), metavar="E", default=default, show_default=default is not None, help=text
    )


def yes_option(command: Decorated) -> Decorated:
    return click.option("--yes", is_flag=True, help="Do not ask first.")(command)
