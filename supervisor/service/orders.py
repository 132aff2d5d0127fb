"""What a worker is told at its start, and to whom its life is reported."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from supervisor.blame import Death
from supervisor.config.settings import Settings
from supervisor.launcher import LAYERS
from supervisor.service import death
from workers import wire

_DRAIN_MARGIN_S: Final = 5.0
_HTTP, _HTTPS, _DOMAIN = 80, 443, 53
_SMTP: Final = (25, 465, 587, 2525)
_LEAST_MEMORY_MIB: Final = 512  # beside what makes a worker be replaced between jobs


@dataclass(frozen=True, slots=True)
class Orders:
    """Changed only by replacing the worker. `places` bounds the window for its life.

    `drain_within` (seconds) is what a check at work may take at a planned end; `layers` must be in force; so many
    `decryptions` go on at once. `options` say what its sandbox leaves open. `budgets` are told before the first job, as
    they stand by then.
    """

    places: int
    setup: Callable[[int], wire.Setup]
    drain_within: float
    layers: frozenset[str] = frozenset()
    decryptions: int = 2
    options: Mapping[str, object] = field(default_factory=dict)
    budgets: Callable[[], tuple[wire.Spent, ...]] = tuple


@dataclass(slots=True)
class Reports:
    """What the worker's life means to the rest of the loop: outcomes and deaths; and after how many strikes it ends.

    `crashed` is called as soon as it is known of the worker at work, and never of a spare.
    """

    settle: death.Settle
    died: Callable[[Death], None]
    strikes: int
    crashed: Callable[[], None] = lambda: None


def of(settings: Settings, budgets: Callable[[], tuple[wire.Spent, ...]] = tuple) -> Orders:
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
            own=tuple(settings.own.values()),
        )

    layers = frozenset(LAYERS) if settings.worker.sandbox == "require" else frozenset()
    drain_within = settings.worker.check_deadline + _DRAIN_MARGIN_S
    decryptions = settings.worker.crypto_concurrency
    return Orders(settings.places, setup, drain_within, layers, decryptions, _options(settings, base_urls), budgets)


def _options(settings: Settings, base_urls: Mapping[str, str]) -> Mapping[str, object]:
    ports = {_HTTPS, _DOMAIN, *map(_port, base_urls.values())}
    if settings.enabled("email"):
        ports.update(_SMTP)
    memory_mib = _LEAST_MEMORY_MIB + 2 * settings.worker.rss_limit_mib + settings.places
    sandbox = "off" if settings.worker.sandbox == "off" else "auto"
    return {"sandbox": sandbox, "ports": ",".join(map(str, sorted(ports))), "memory-mib": memory_mib}


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (_HTTPS if parts.scheme == "https" else _HTTP)
