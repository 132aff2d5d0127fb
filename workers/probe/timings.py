"""How long the parts of one exchange took."""

from dataclasses import dataclass
from time import monotonic


@dataclass(slots=True)
class Timings:
    """Milliseconds; None: that part did not happen. `host` is where a `base_url` led it; empty: where it says."""

    host: str = ""
    resolve: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    body: float | None = None


def since(start: float) -> float:
    """Milliseconds since a `monotonic()` value."""
    return round((monotonic() - start) * 1000, 2)
