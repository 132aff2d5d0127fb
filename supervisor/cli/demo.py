"""`demo`."""

import click

from supervisor.cli.call import Command


@click.command(cls=Command)
@click.option("--users", type=click.IntRange(1, 1000), metavar="N", help="Sample users.")
@click.option("--no-crash", is_flag=True, help="Spare the worker.")
def demo(users: int | None, *, no_crash: bool) -> int:
    """The whole system in one command, on a database of its own.

    An embedded PostgreSQL, sample users, a local stand-in marketplace, one deliberate SIGSEGV, the resulting table.
    """
    from rich.console import Console

    from supervisor import demo as play

    if users is not None and users < play.FEWEST:
        raise click.BadParameter(f"at least {play.FEWEST} are needed to show every case.", param_hint="--users")
    return play.main(play.USUAL if users is None else users, not no_crash, Console())
