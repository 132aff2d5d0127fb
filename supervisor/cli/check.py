"""`check`: one pass now."""

import sys
import time
from typing import TYPE_CHECKING

import click

from supervisor.cli import listings
from supervisor.cli.call import Call, Command, pass_call
from supervisor.cli.options import ID, ApiName, environment_option, json_option

if TYPE_CHECKING:
    from supervisor.store import Store, Stored

_INTERRUPTED = 130
_REDRAW_S = 0.1


class _Results:
    """What came in: JSON is printed at once, a table at the end; a counter on stderr where somebody looks."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._kept: list[Stored] = []
        self._drawn_at = 0.0
        self._started = time.monotonic()
        self._watched = sys.stderr.isatty() and not (as_json and sys.stdout.isatty())
        self.counts: dict[str, int] = {}
        self._superseded = 0

    def take(self, rows: "list[Stored]") -> None:
        self._superseded += sum(row.superseded for row in rows)
        for row in rows:
            self.counts[row.status] = self.counts.get(row.status, 0) + 1
        if self._as_json:
            listings.SNAPSHOTS.print(rows, as_json=True)
            sys.stdout.flush()
        else:
            self._kept += rows
        if self._watched and time.monotonic() - self._drawn_at >= _REDRAW_S:
            self._drawn_at = time.monotonic()
            click.echo(f"\r\x1b[Kchecking … {sum(self.counts.values())}", err=True, nl=False)

    def tell(self, unknown: int) -> None:
        if self._watched:
            click.echo("\r\x1b[K", err=True, nl=False)
        if self._superseded:
            click.echo(f"{self._superseded} not kept: the snapshot that stands is newer", err=True)
        if self._as_json:
            return
        rows = sorted(self._kept, key=lambda row: (row.user_id, row.api, row.environment))
        if rows:
            listings.SNAPSHOTS.print(rows, as_json=False)
        counted = ", ".join(
            f"{self.counts.get(status, 0)} {status}" for status in ("healthy", "degraded", "unhealthy", "unknown")
        )
        extra = f"; {unknown} not monitored, as their api is unknown" if unknown else ""
        seconds = time.monotonic() - self._started
        click.echo(f"{len(rows)} checked in {seconds:.1f} s: {counted}{extra}", err=True)


@click.command(cls=Command)
@click.option("--user", "users", type=ID, metavar="ID", multiple=True, help="Only this user; may be repeated.")
@click.option("--api", "apis", type=ApiName(), metavar="NAME", multiple=True, help="Only this API; may be repeated.")
@environment_option(None, "Only this environment.")
@click.option("--validate-only", is_flag=True, help="Decrypt and look at the fields; make no request.")
@click.option("--dry-run", is_flag=True, help="Store nothing.")
@click.option("--strict", is_flag=True, help="Exit with 1 when any outcome is not healthy.")
@json_option
@pass_call
def check(
    call: Call,
    users: tuple[int, ...],
    apis: tuple[str, ...],
    environment: str | None,
    *,
    validate_only: bool,
    dry_run: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """One pass now over the selected checks, due or not.

    The same supervisor, wire and worker as `run`, beside which it may be used.
    """
    from supervisor import service
    from supervisor.store.admin import Admin

    loaded = call.load()
    request = service.CheckRequest(users, apis, environment, validate_only, dry_run)
    results = _Results(as_json=as_json)
    with service.open_store(loaded.settings) as store:
        Admin(store).require_users(users)
        completed = service.check(loaded, request, results.take)
        results.tell(_unknown(store) if request.everything else 0)
    if not completed:
        click.echo("healthsup: interrupted; what was finished is stored", err=True)
        return _INTERRUPTED
    return int(strict and any(count for status, count in results.counts.items() if status != "healthy"))


def _unknown(store: "Store") -> int:
    return sum(count for _, count in store.unknown_apis())
