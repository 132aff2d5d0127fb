"""`migrate`."""

import click

from supervisor.cli.call import Call, Command, pass_call


@click.command(cls=Command)
@pass_call
def migrate(call: Call) -> None:
    """Bring the database up to date. Safe to repeat; the backend's tables are never altered."""
    with call.store(current=False) as store:
        state = store.migrate()
    beside = "with tables of its own" if state.standalone else "beside the backend's tables"
    click.echo(f"the database is at schema version {state.found}, {beside}", err=True)
