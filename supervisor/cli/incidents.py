"""`incidents`: trouble of many at once."""

import click

from supervisor.cli import listings
from supervisor.cli.call import Call, Command, pass_call
from supervisor.cli.options import json_option


@click.command(cls=Command)
@json_option
@pass_call
def incidents(call: Call, *, as_json: bool) -> None:
    """Provider incidents and outages of our own egress, open ones first."""
    with call.store() as store:
        listings.INCIDENTS.print(store.incidents(), as_json=as_json)
