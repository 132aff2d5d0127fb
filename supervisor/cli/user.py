"""`user add`, `user list`, `user remove`."""

import click

from supervisor.cli import listings
from supervisor.cli.call import Call, Group, pass_call
from supervisor.cli.options import ID, Words, json_option, yes_option
from supervisor.cli.text import visible


@click.group(cls=Group)
def user() -> None:
    """The users of a stand-alone database."""


@user.command()
@click.argument("name", type=Words())
@click.option("--email", type=Words(), metavar="E", required=True)
@click.option("--inactive", is_flag=True, help="Not checked until made active.")
@pass_call
def add(call: Call, name: str, email: str, *, inactive: bool) -> None:
    """Add a user and print the new id."""
    from supervisor.store.admin import Admin

    with call.store() as store:
        click.echo(Admin(store).add_user(name, email, active=not inactive))


@user.command("list")
@json_option
@pass_call
def list_users(call: Call, *, as_json: bool) -> None:
    """List all users."""
    from supervisor.store.admin import Admin

    with call.store() as store:
        listings.USERS.print(Admin(store).users(), as_json=as_json)


@user.command()
@click.option("--id", "number", type=ID, metavar="ID", required=True)
@yes_option
@pass_call
def remove(call: Call, number: int, *, yes: bool) -> None:
    """Remove a user with all credentials and results of theirs."""
    from supervisor.store.admin import Admin

    with call.store() as store:
        admin = Admin(store)
        admin.require_own_tables()
        admin.require_users([number])
        for one in () if yes else admin.users(number):
            who = f"user {number} ({visible(one.username)})"
            click.confirm(f"Remove {who} and {one.credentials} credentials of theirs?", abort=True, err=True)
        admin.remove_user(number)
