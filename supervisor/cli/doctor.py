"""`doctor`."""

import os
import sys

import click

from supervisor.cli.call import Call, Command, pass_call
from supervisor.cli.text import visible

_COLOURS = {"ok": "green", "warn": "yellow", "bad": "red"}
_LINE_MOST = 500


@click.command(cls=Command)
@pass_call
def doctor(call: Call) -> int:
    """Look at everything `run` needs, say what is wrong and how to mend it.

    Exits with 1 when something is bad.
    """
    from supervisor import doctor as room
    from supervisor.service import open_store

    loaded = call.load(quiet=True)
    worst = 0
    for finding in room.examine(loaded, os.environ, open_store):
        mark = f"{finding.grade:<4}"
        if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
            mark = click.style(mark, fg=_COLOURS[finding.grade])
        click.echo(f"{mark}  {finding.subject:<13} {visible(finding.text, _LINE_MOST)}")
        worst = max(worst, int(finding.grade == "bad"))
    return worst
