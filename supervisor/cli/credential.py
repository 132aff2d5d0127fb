"""`credential add`, `credential list`, `credential remove`."""

import os
import subprocess
from typing import TYPE_CHECKING, Literal

import click
import msgspec

from supervisor.cli import listings
from supervisor.cli.call import Call, Group, pass_call
from supervisor.cli.options import ID, ApiName, environment_option, json_option, yes_option
from workers import catalog

if TYPE_CHECKING:
    from supervisor.config.settings import Settings
    from workers.own import OwnProvider


@click.group(cls=Group)
def credential() -> None:
    """The credentials of a stand-alone database."""


@credential.command()
@click.option("--user", type=ID, metavar="ID", required=True, help="Whose it is.")
@click.option("--api", type=ApiName(), metavar="NAME", required=True)
@environment_option("production", "Which of the API's environments.")
@click.option("--scope", type=click.Choice(["user", "global"]), default="user", show_default=True)
@click.option("--format", "form", type=click.Choice(["gcm", "cbc"]), default="gcm", show_default=True)
@click.option("--replace", is_flag=True, help="Take the place of an existing one.")
@pass_call
def add(
    call: Call,
    user: int,
    api: str,
    environment: str,
    scope: Literal["user", "global"],
    form: str,
    *,
    replace: bool,
) -> None:
    """Seal a credential, store it, and print the row's id.

    Its fields come as one JSON object from stdin, or are asked for, hidden, on a terminal; never as an argument.
    """
    from dataclasses import replace as with_

    from supervisor.store.admin import Admin, Sealed, taken

    key = Sealed(user, api, environment, scope)
    if scope == "global" and api in catalog.KNOWN and catalog.KNOWN[api].personal:
        click.echo(f"healthsup: a global {api} credential serves nobody but its owner", err=True)
    with call.store() as store:
        admin = Admin(store)
        admin.require_own_tables()  # all before anybody types a secret
        admin.require_users([user])
        there = admin.credential_id(key)
        if there is not None and not replace:
            raise taken(there)
        ciphertext = _sealed(call.load(quiet=True).settings, api, form)
        click.echo(admin.add_credential(with_(key, ciphertext=ciphertext), replace=replace))


@credential.command("list")
@click.option("--user", type=ID, metavar="ID", help="Only this user's.")
@click.option("--api", type=ApiName(), metavar="NAME", help="Only of this API.")
@json_option
@pass_call
def list_credentials(call: Call, user: int | None, api: str | None, *, as_json: bool) -> None:
    """List the credentials, without what they hold."""
    from supervisor.store.admin import Admin

    with call.store() as store:
        admin = Admin(store)
        if user is not None:
            admin.require_users([user])
        listings.CREDENTIALS.print(admin.credentials(user=user, api=api), as_json=as_json)


@credential.command()
@click.option("--id", "number", type=ID, metavar="ID", required=True)
@yes_option
@pass_call
def remove(call: Call, number: int, *, yes: bool) -> None:
    """Remove a credential; its snapshot goes with the next check."""
    from supervisor.store.admin import Admin

    with call.store() as store:
        admin = Admin(store)
        admin.require_own_tables()
        for one in () if yes else admin.credentials(credential=number):
            where = f"user {one.user_id}, {one.api}, {one.environment}, {one.scope}"
            click.confirm(f"Remove credential {number} ({where})?", abort=True, err=True)
        admin.remove_credential(number)


def table_of_fields(own: "OwnProvider") -> str:
    """The table as an argument, which every process may read: without what its operator has written into requests."""
    return msgspec.json.encode(msgspec.structs.replace(own, path="/", headers={}, query={})).decode()


def _sealed(settings: "Settings", api: str, form: str) -> str:
    """The ciphertext: a process of the worker's reads the fields and the key, we only see what it prints."""
    from supervisor.launcher import key_option, worker_command, worker_environment

    command = worker_command("seal", "--api", api, "--format", form)
    if api in settings.own:
        command.append(f"--table={table_of_fields(settings.own[api])}")
    done = subprocess.run(
        [*command, *key_option(settings.keys.encryption_key_file)],
        env=worker_environment(os.environ),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise click.exceptions.Exit(done.returncode)  # it has said why
    return done.stdout.decode("ascii").strip()
