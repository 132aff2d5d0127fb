"""What can be seen of the storm: progress on stderr while it lasts, the ledger as a table in the end."""

import time
from typing import Final, Self

from rich.box import ROUNDED
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from supervisor.chaos.storm import Storm

_LINE_EVERY_S: Final = 10.0


class Meter:
    """A bar on a terminal, a line now and then elsewhere. No thread of its own, since processes are being started."""

    def __init__(self, console: Console, kills: int, seed: int) -> None:
        self._console = console
        self._kills = kills
        self._seed = seed
        self._next_line_at = time.monotonic()
        self._bars = Progress(
            TextColumn("[dim]…[/] {task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            console=console,
            auto_refresh=False,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task(f"seed {seed}", total=kills)

    def __enter__(self) -> Self:
        self._console.print(Text(f"the storm begins: {self._kills} kills, seed {self._seed}"))
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, storm: Storm) -> None:
        kills = storm.system.kills
        words = f"round {storm.rounds + 1}, {storm.ledger.jobs} checks, {_verdict(storm)}"
        if self._console.is_terminal:
            self._bars.update(self._task, completed=min(kills, self._kills), description=words)
            self._bars.refresh()
        elif time.monotonic() >= self._next_line_at + _LINE_EVERY_S:
            self._next_line_at = time.monotonic()
            self._console.print(Text(f"{kills} of {self._kills} kills, {words}"))


def _verdict(storm: Storm) -> str:
    ledger = storm.ledger
    wrong = ledger.lost + ledger.stored_twice + ledger.misblamed + ledger.innocents_failed
    return f"{wrong} wrong" if wrong else "nothing wrong"


def show(console: Console, storm: Storm, seed: int, seconds: float) -> None:
    """Print the result."""
    console.print(_thrown(storm))
    console.print(_ledger(storm))
    for complaint in storm.ledger.complaints:
        console.print(Text(complaint, style="bold red"))
    (mib, fds), (mib_after, fds_after) = storm.began, storm.ended
    kills, lines = storm.system.kills, storm.system.daemon.lines
    console.print(
        Text(
            f"Supervisor: {mib:.1f} MiB and {fds} descriptors after the first round, {mib_after:.1f} MiB and "
            f"{fds_after} after the last; {lines / max(seconds, 1e-3):.1f} log lines a second, "
            f"{lines / max(kills, 1):.1f} a kill."
        )
    )
    console.print(Text(f"Seed {seed}: {kills} kills in {seconds:.0f} s, {kills / max(seconds, 1e-3):.1f} a second."))


def _thrown(storm: Storm) -> Table:
    table = Table(box=ROUNDED, header_style="bold", title=f"{len(storm.thrown)} kinds of fault")
    half = (len(storm.thrown) + 1) // 2
    rows = sorted(storm.thrown.items())
    for _ in range(2):
        table.add_column("thrown", no_wrap=True)
        table.add_column("times", justify="right")
    for left, right in zip(rows[:half], [*rows[half:], ("", 0)], strict=False):
        table.add_row(left[0], str(left[1]), right[0], str(right[1] or ""))
    return table


def _ledger(storm: Storm) -> Table:
    table = Table(box=ROUNDED, header_style="bold", title="ledger")
    for name in ("kills", "jobs", "lost", "stored twice", "misblamed", "innocents failed"):
        table.add_column(name, justify="right")
    ledger = storm.ledger
    wrong = (ledger.lost, ledger.stored_twice, ledger.misblamed, ledger.innocents_failed)
    cells = [Text(str(count), "bold red" if count else "green") for count in wrong]
    table.add_row(str(storm.system.kills), str(ledger.jobs), *cells)
    return table
