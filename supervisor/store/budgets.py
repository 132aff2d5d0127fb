"""Request budgets over restarts: what each had left when it was last drawn on."""

from collections.abc import Sequence

from supervisor.store.connect import Database
from workers.wire import MAX_BUDGETS, Spent


class Budgets(Database):
    """Statements of the recorder, and one of the feeder."""

    def budgets(self, within: float | None = None) -> list[Spent]:
        """Those that were drawn on in the last seconds, or all of them; the newest first."""
        return self.rows("budgets", {"limit": MAX_BUDGETS, "within": within}, Spent)

    def save_budgets(self, spent: Sequence[Spent]) -> None:
        """Keep them; each key is named once."""
        ordered = sorted(spent, key=lambda one: one.key)
        params = {
            "keys": [one.key for one in ordered],
            "tokens": [one.tokens for one in ordered],
            "at": [one.at for one in ordered],
            "until": [one.until for one in ordered],
        }
        self.run("save_budgets", params)

    def prune_budgets(self) -> int:
        """Forget what is full again or nobody's any more."""
        return self.run("prune_budgets", {"most": MAX_BUDGETS})
