"""What a worker is told at its start, and to whom its life is reported."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from supervisor.blame import Death
from supervisor.config.settings import Settings
from supervisor.service import death
from workers import wire

_DRAIN_MARGIN_S: Final = 5.0
_ALL_LAYERS: Final = frozenset({"landlock", "seccomp"})  # what `require` asks for beyond what every worker has


@dataclass(frozen=True, slots=True)
class Orders:
    """Changed only by replacing the worker. `places` bounds the window for its life.

    `drain_within` (seconds) is what a check at work may take at a planned end; `layers` must be in force; so many
    `decryptions` go on at once.
    """

    places: int
    setup: Callable[[int], wire.Setup]
    drain_within: float
    layers: frozenset[str] = frozenset()
    decryptions: int = 2


@dataclass(slots=True)
class Reports:
    """What the worker's life means to the rest of the loop: outcomes and deaths; and after how many strikes it ends."""

    settle: death.Settle
    died: Callable[[Death], None]
    strikes: int


def of(settings: Settings) -> Orders:
    """The orders that a configuration means."""
    base_urls = {name: own.base_url for name, own in settings.providers.items() if own.base_url}

    def setup(generation: int) -> wire.Setup:
        return wire.Setup(
            version=wire.VERSION,
            generation=generation,
            window=settings.places,
            crypto_concurrency=settings.worker.crypto_concurrency,
            check_deadline=settings.worker.check_deadline,
            connect_timeout=settings.probe.connect_timeout,
            total_timeout=settings.probe.total_timeout,
            max_body_bytes=settings.probe.max_body_bytes,
            allow_private=settings.probe.allow_private,
            base_urls=base_urls,
        )

    layers = _ALL_LAYERS if settings.worker.sandbox == "require" else frozenset()
    drain_within = settings.worker.check_deadline + _DRAIN_MARGIN_S
    return Orders(settings.places, setup, drain_within, layers, settings.worker.crypto_concurrency)
