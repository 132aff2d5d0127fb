"""`run` and `reload`."""

import click

from supervisor.cli.call import Call, Command, pass_call

_RELOAD_WITHIN = 90.0  # seconds; the new key is tried before anything changes


@click.command(cls=Command)
@pass_call
def run(call: Call) -> int:
    """The daemon, in the foreground.

    SIGTERM and SIGINT: finish what is in flight, store it, end. SIGHUP: reload.
    """
    from supervisor import service

    return service.run(call.load(quiet=True))  # it logs the notes


@click.command(cls=Command)
@pass_call
def reload(call: Call) -> None:
    """Ask the running `run` to take over its changed configuration.

    Exits with 1 and the reason if the new configuration is bad; the old one then stays in force.
    """
    import os

    from supervisor import control
    from supervisor.config.load import control_dir
    from supervisor.errors import BadConfig, Negative, Transient

    try:
        answer = control.ask(control_dir(call.config, os.environ), {"do": "reload"}, within=_RELOAD_WITHIN)
    except Transient as error:
        try:
            call.load(quiet=True)
        except BadConfig as bad:  # so bad, perhaps, that it hides where the running one is
            raise Negative(bad.cause, bad.cure) from error
        raise
    if not answer.get("ok"):
        raise Negative(str(answer.get("error", "the reload was refused")))
    click.echo("the new configuration is in force", err=True)
