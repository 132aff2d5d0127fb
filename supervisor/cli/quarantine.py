"""`quarantine`: checks that are held back because they kill the worker."""

import click

from supervisor.cli import listings
from supervisor.cli.call import Call, Group, pass_call
from supervisor.cli.options import ID, ApiName, environment_option, json_option


@click.group(cls=Group)
def quarantine() -> None:
    """Checks held back because they kill the worker."""


@quarantine.command("list")
@json_option
@pass_call
def list_(call: Call, *, as_json: bool) -> None:
    """What is held back, and what it did."""
    with call.store() as store:
        listings.QUARANTINED.print(store.quarantined(), as_json=as_json)


@quarantine.command()
@click.option("--user", type=ID, metavar="ID", required=True, help="Whose credential.")
@click.option("--api", type=ApiName(), metavar="NAME", required=True, help="Of which API.")
@environment_option(None, "Only this environment.")
@pass_call
def release(call: Call, user: int, api: str, environment: str | None) -> None:
    """Let a check run again; its strikes are forgotten."""
    from supervisor.errors import Negative

    with call.store() as store:
        released = store.release_quarantine(user, api, environment)
    if not released:
        raise Negative(f"nothing of user {user} and {api} is in quarantine", "see `healthsup quarantine list`")
    click.echo(f"released {released}; it runs again at once", err=True)
