"""`chaos`."""

import click

from supervisor.cli.call import Command


@click.command(cls=Command)
@click.option("--kills", type=click.IntRange(1, 1_000_000), default=300, show_default=True, metavar="N")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="S", help="Have the same storm again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def chaos(kills: int, seed: int | None, *, as_json: bool) -> int:
    """Prove it: kill workers at random points, and check a ledger kept outside.

    On an embedded PostgreSQL of its own, never on the configured database. Exits with 0 only if nothing was lost,
    stored twice or blamed wrongly, and no innocent check failed; with 1 otherwise.
    """
    import secrets

    from rich.console import Console

    from supervisor import chaos as storm

    return storm.main(kills, secrets.randbelow(2**31) if seed is None else seed, as_json, Console())
