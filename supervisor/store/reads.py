"""Plain reads for the commands."""

from collections.abc import Iterator
from typing import Final

from supervisor.blame import Death
from supervisor.store.connect import Database
from supervisor.store.rows import Explained, Standing, Transition

_PAGE: Final = 1000
_NAMES: Final = 100  # unknown api names told; more is no summary
_SHORT: Final = 64


class Reads(Database):
    """Statements of the commands that only look."""

    def snapshots(self, user: int | None = None, api: str | None = None) -> Iterator[Standing]:
        """The present state, by user, api and environment; read page by page while it is consumed."""
        params: dict[str, object] = {"user": user, "api": api, "limit": _PAGE}
        after = (-1, "", "")
        while True:
            params |= {"after_user": after[0], "after_api": after[1], "after_environment": after[2]}
            page = self.rows("snapshots", params, Standing)
            yield from page
            if len(page) < _PAGE:
                return
            after = (page[-1].user_id, page[-1].api, page[-1].environment)

    def history(self, user: int, api: str, environment: str | None, limit: int) -> list[Transition]:
        """Changes, newest first; `environment` None: of all environments."""
        params = {"user": user, "api": api, "environment": environment, "limit": limit}
        return self.rows("history", params, Transition)

    def explain(self, user: int, api: str, environment: str | None) -> list[Explained]:
        """What stands behind a user's state, one an environment; nothing where no active credential serves them."""
        return self.rows("explain", {"user": user, "api": api, "environment": environment}, Explained)

    def crashes(self, limit: int) -> list[Death]:
        """Deaths of workers, newest first."""
        return self.rows("crashes", {"limit": limit}, Death)

    def totals(self) -> tuple[int, int]:
        """How many snapshots there are, and how many of them are unhealthy."""
        ((snapshots, unhealthy),) = self.rows("totals", {}, _pair)
        return snapshots, unhealthy

    def unknown_apis(self) -> list[tuple[str, int]]:
        """Names of active credentials that no catalog knows, cut to 64 characters, with their number."""
        return self.rows("unknown_apis", {"short": _SHORT, "limit": _NAMES}, _named)


def _pair(*, snapshots: int, unhealthy: int) -> tuple[int, int]:
    return snapshots, unhealthy


def _named(*, name: str, count: int) -> tuple[str, int]:
    return name, count
