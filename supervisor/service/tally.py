"""What a pass came to: counted from the stored rows, told in one line."""

from dataclasses import dataclass, field

from supervisor.store import Stored
from supervisor.telemetry import event


@dataclass(slots=True)
class Tally:
    """Counts since `began_at` (monotonic seconds)."""

    began_at: float
    users: set[int] = field(default_factory=set)
    statuses: dict[str, int] = field(default_factory=dict)
    checks: int = 0
    crashes: int = 0

    def add(self, rows: list[Stored], checks: int) -> None:
        """Count stored rows, which came of so many checks."""
        self.checks += checks
        for row in rows:
            self.users.add(row.user_id)
            self.statuses[row.status] = self.statuses.get(row.status, 0) + 1

    def tell(self, now: float) -> None:
        """Log `pass.finished`."""
        event(
            "pass.finished",
            users=len(self.users),
            checks=self.checks,
            healthy=self.statuses.get("healthy", 0),
            degraded=self.statuses.get("degraded", 0),
            unhealthy=self.statuses.get("unhealthy", 0),
            unknown=self.statuses.get("unknown", 0),
            seconds=round(now - self.began_at, 3),
            worker_crashes=self.crashes,
        )
