"""`status`, `history` and `crashes`: what is stored."""

import click

from supervisor.cli import listings
from supervisor.cli.call import Call, Command, pass_call
from supervisor.cli.options import ID, ApiName, environment_option, json_option, limit_option


@click.command(cls=Command)
@click.option("--user", type=ID, metavar="ID", help="Only this user.")
@click.option("--api", type=ApiName(), metavar="NAME", help="Only this API.")
@json_option
@pass_call
def status(call: Call, user: int | None, api: str | None, *, as_json: bool) -> None:
    """The current state of every credential."""
    from supervisor.store.admin import Admin

    with call.store() as store:
        if user is not None:
            Admin(store).require_users([user])
        listings.SNAPSHOTS.print(store.snapshots(user, api), as_json=as_json)


@click.command(cls=Command)
@click.option("--user", type=ID, metavar="ID", required=True, help="Whose credential.")
@click.option("--api", type=ApiName(), metavar="NAME", required=True, help="Of which API.")
@environment_option(None, "Only this environment.")
@limit_option
@json_option
@pass_call
def history(call: Call, user: int, api: str, environment: str | None, limit: int, *, as_json: bool) -> None:
    """The changes of one credential's status, newest first."""
    from supervisor.store.admin import Admin

    with call.store() as store:
        Admin(store).require_users([user])
        listings.HISTORY.print(store.history(user, api, environment, limit), as_json=as_json)


@click.command(cls=Command)
@limit_option
@json_option
@pass_call
def crashes(call: Call, limit: int, *, as_json: bool) -> None:
    """Every death of a worker, newest first."""
    with call.store() as store:
        listings.CRASHES.print(store.crashes(limit), as_json=as_json)
