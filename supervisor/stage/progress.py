"""What the audience sees while it waits: the steps, on stderr."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text


class Progress:
    """Steps on stderr: one line each, with a bar while checks come in where a terminal is there."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Say what is being done, then how long it took."""
        started = time.monotonic()
        if self._console.is_terminal:
            self._console.print(Text(f"… {text}", style="dim"), end="\r")
        else:
            self._console.print(Text(f"{text} …"))
        try:
            yield
        except BaseException:
            self._console.print()  # what follows must not run into the unfinished line
            raise
        if self._console.is_terminal:
            done = Text.assemble(("✓ ", "green"), text, (f"  {time.monotonic() - started:.1f} s", "dim"))
            self._console.print(done)

    @contextmanager
    def counting(self, text: str, total: int) -> Iterator["Count"]:
        """A bar that is moved by hand: no thread of its own, since processes are being forked."""
        bars = Bars(
            TextColumn("[dim]…[/] {task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            console=self._console,
            auto_refresh=False,
            transient=True,
            disable=not self._console.is_terminal,
        )
        with self.step(text), bars:
            yield Count(bars, text, total)


class Count:
    def __init__(self, bars: Bars, text: str, total: int) -> None:
        self._bars = bars
        self._task = bars.add_task(text, total=total)
        bars.refresh()

    def one_more(self) -> None:
        self._bars.advance(self._task)
        self._bars.refresh()
