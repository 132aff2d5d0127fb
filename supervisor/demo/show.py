"""What the audience gets to see at the end: the table, the crash, and a summary."""

from collections import Counter
from typing import Final

from rich.box import ROUNDED
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from supervisor.assess import Status
from supervisor.demo.play import Told
from supervisor.demo.review import Line, Review, Row

_COLOURS: Final = {
    Status.HEALTHY: "green",
    Status.DEGRADED: "yellow",
    Status.UNHEALTHY: "red",
    Status.UNKNOWN: "magenta",
}
_NARROW: Final = 86  # columns of the table without the verdict's own words
_WIDE: Final = _NARROW + 30
_TRUSTED: Final = 80
_DOUBTED: Final = 50


def show(console: Console, review: Review, told: Told, seconds: float) -> None:
    """Print the result."""
    console.print(_table(console, review, told))
    for death in told.crashes:
        console.print(Panel(_crash(review, told, death), box=ROUNDED, border_style="red", expand=False))
    console.print(_summary(review, told, seconds))
    for problem in review.problems:
        console.print(Text(f"not as expected: {problem}", style="bold red"))


def _table(console: Console, review: Review, told: Told) -> Table:
    wide = console.width >= _WIDE
    table = Table(box=ROUNDED, header_style="bold")
    for name in ("user", "api", "status", "reason"):
        table.add_column(name, no_wrap=True)
    for name in ("latency", "trust"):
        table.add_column(name, justify="right", no_wrap=True)
    if wide:
        table.add_column("in words", style="dim", no_wrap=True, max_width=console.width - _NARROW)
    interrupted = {(death["user_id"], death["api"]) for death in told.crashes}
    dot, times = ("●", "\N{MULTIPLICATION SIGN}") if console.encoding.startswith("utf") else ("*", "x")
    shown = None
    for line in review.lines:
        first = line.player.name != shown
        shown = line.player.name
        api = f"{line.role.api} {times}{line.others + 1}" if line.role.shared else line.role.api
        cells = _cells(line, dot, again=(line.user, line.role.api) in interrupted)
        table.add_row(shown if first else "", api, *(cells if wide else cells[:-1]))
    return table


def _cells(line: Line, dot: str, *, again: bool) -> tuple[Text, Text, Text, Text, Text]:
    """status, reason, latency, trust, message."""
    row = line.row
    if row is None:
        return Text("nothing", "bold red"), Text("nothing was stored"), Text(), Text(), Text()
    colour = _COLOURS.get(row["status"], "red")
    status = Text.assemble((f"{dot} ", colour), row["status"])
    reason = Text(row["reason"] or "", "" if line.as_expected else "bold red")
    if again:
        reason.append(", second try", "bold cyan")
    latency = Text("" if row["latency_ms"] is None else f"{row['latency_ms']} ms", "dim")
    trust = Text(f"{row['trust_score']:.0f}", _trust_colour(row["trust_score"]))
    return status, reason, latency, trust, Text(row["message"] or "")


def _trust_colour(score: float) -> str:
    return "green" if score >= _TRUSTED else "yellow" if score >= _DOUBTED else "red"


def _crash(review: Review, told: Told, death: Row) -> Text:
    """Who died, of what, with whom at work, and how soon the next one was there."""
    user, api = death["user_id"], death["api"]
    name = next((line.player.name for line in review.lines if line.user == user), "nobody")
    text = Text.assemble(
        (str(death["signal"]), "bold red"),
        f" killed worker {death['generation']} (pid {death['pid']}) while it was at work for ",
        (name, "bold"),
        f": {api}, {death['environment']}, phase {death['phase']}.",
    )
    if told.back_after is not None:
        text.append("\nThe next worker was at work ")
        text.append(f"{max(1, round(told.back_after * 1000))} ms", "bold cyan")  # the log tells whole ones
        text.append(" later, and what was interrupted ran again.")
    return text


def _summary(review: Review, told: Told, seconds: float) -> Text:
    counts = Counter(row["status"] for row in told.rows)
    users = {row["user_id"] for row in told.rows}
    text = Text(f"{len(users)} users, {len(review.lines)} credentials, {len(told.rows)} outcomes: ")
    for number, (status, colour) in enumerate(_COLOURS.items()):
        text.append(", " if number else "")
        text.append(f"{counts[status]} {status}", colour)
    crashes = len(told.crashes)
    text.append(f"; {crashes} crash{'es' * (crashes != 1)}, ")
    surprises = len(review.problems)
    outcome = f"{surprises} surprise{'s' * (surprises != 1)}" if surprises else "everything came out as it had to"
    text.append(outcome, "bold")
    text.append(f". {seconds:.1f} s in all, {told.finished.get('seconds', 0):.1f} s of them the pass.")
    return text
