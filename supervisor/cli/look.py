"""`status`, `history` and `crashes`: what is stored."""

import time
from typing import TYPE_CHECKING

import click

from supervisor.cli import listings
from supervisor.cli.call import Call, Command, pass_call
from supervisor.cli.options import ID, ApiName, environment_option, json_option, limit_option

if TYPE_CHECKING:
    from supervisor.store.rows import Standing


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
        standing = store.snapshots(user, api)
        listings.SNAPSHOTS.print(standing if as_json else map(_with_its_end, standing), as_json=as_json)


def _with_its_end(row: "Standing") -> "Standing":
    """A table has no column for what few rows have: a near end stands in front of the message."""
    from msgspec.structs import replace

    from supervisor.forecast import in_words

    soon = in_words(row.expires_at.timestamp(), time.time()) if row.expires_at else None
    return replace(row, message=f"{soon}; {row.message}" if row.message else soon) if soon else row


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
