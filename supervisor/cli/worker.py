"""`worker show` and `worker kill`: of a running `run`."""

from types import SimpleNamespace

import click

from supervisor.cli import listings
from supervisor.cli.call import Call, Group, pass_call
from supervisor.cli.listing import line
from supervisor.cli.options import SignalName, json_option
from supervisor.cli.text import visible

_FIELDS = (
    "supervisor_pid", "worker_pid", "spare_pid", "generation", "state", "window", "in_flight", "restarts", "started_at",
)  # fmt: skip
_AT_WORK = ("up", "draining")  # one that drains still works, and its follower is on the way


@click.group(cls=Group)
def worker() -> None:
    """The worker of a running `run`."""


@worker.command()
@json_option
@click.option("--strict", is_flag=True, help="Exit with 1 when no worker is up.")
@pass_call
def show(call: Call, *, as_json: bool, strict: bool) -> int:
    """What the worker is doing now."""
    answer = _ask(call, {"do": "show"})
    if as_json:
        click.echo(line({name: answer.get(name) for name in _FIELDS}))
    else:
        _print(answer)
    return int(strict and answer.get("state") not in _AT_WORK)


def _print(answer: dict[str, object]) -> None:
    for name in _FIELDS:
        if name != "in_flight":
            value = answer.get(name)
            click.echo(f"{name.replace('_', ' '):<16}{'none' if value is None else visible(str(value))}")
    layers = answer.get("confinement")
    told = ", ".join(map(str, layers)) if isinstance(layers, list) else ""
    click.echo(f"{'confinement':<16}{visible(told) or 'none'}")
    rows = [
        SimpleNamespace(**{name: row.get(name) for name in listings.IN_FLIGHT.fields}) for row in _in_flight(answer)
    ]
    listings.IN_FLIGHT.print(rows, as_json=False)


@worker.command()
@click.option("--signal", "name", type=SignalName(), metavar="NAME", default="SEGV", show_default=True)
@pass_call
def kill(call: Call, name: str) -> None:
    """Send a real signal to the active worker. Nothing is lost: its unfinished work runs again."""
    answer = _ask(call, {"do": "kill", "signal": name})
    click.echo(f"sent SIG{name} to worker {answer.get('generation')} (pid {answer.get('pid')})", err=True)


def _ask(call: Call, request: dict[str, object]) -> dict[str, object]:
    from supervisor import control
    from supervisor.errors import Transient

    answer = control.ask(call.load(quiet=True).settings.control.dir, request)
    if not answer.get("ok"):
        raise Transient(str(answer.get("error", "the running supervisor refused")), "try again")
    return answer


def _in_flight(answer: dict[str, object]) -> list[dict[str, object]]:
    rows = answer.get("in_flight")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
