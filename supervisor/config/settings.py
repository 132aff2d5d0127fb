"""Every setting with its unit, default and range. Frozen: a reload makes a new value, all or nothing.

Seconds and bytes are plain numbers. The table in docs/reference/configuration.md is made from this file.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(gt=0, le=86_400 * 366)]
Interval = Annotated[float, Meta(ge=1, le=86_400 * 31)]
SecondsOrZero = Annotated[float, Meta(ge=0, le=86_400 * 366)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
CountOrZero = Annotated[int, Meta(ge=0, le=100_000_000)]


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all sections share: frozen, and an unknown key is an error."""


class Database(Section):
    dsn: str | None = None  # libpq conninfo or URL; None: the embedded PostgreSQL. May hold a password
    embedded_dir: str | None = None
    pool_max: Annotated[int, Meta(ge=2, le=100)] = 5  # from the mission; two threads of ours need one each
    pool_timeout: Seconds = 20.0


class Keys(Section):
    encryption_key_file: str | None = None  # read by the worker alone


class Control(Section):
    dir: str | None = None


class Schedule(Section):
    interval: Interval = 900.0
    critical_interval: Interval = 300.0
    startup_probe: bool = False
    user_pause: SecondsOrZero = 0.1
    active_within_days: CountOrZero = 0


class Worker(Section):
    window: Literal["auto"] | Annotated[int, Meta(ge=1, le=1024)] = "auto"
    window_max: Annotated[int, Meta(ge=1, le=1024)] = 64
    crypto_concurrency: Annotated[int, Meta(ge=1, le=64)] = 2
    check_deadline: Annotated[float, Meta(ge=0.1, le=3600)] = 30.0
    strikes: Annotated[int, Meta(ge=1, le=100)] = 2
    sandbox: Literal["auto", "require", "off"] = "auto"
    rss_limit_mib: Annotated[int, Meta(ge=32, le=1_048_576)] = 512
    recycle_after: CountOrZero = 0


class Probe(Section):
    connect_timeout: Annotated[float, Meta(ge=0.01, le=600)] = 5.0
    total_timeout: Annotated[float, Meta(ge=0.01, le=3600)] = 15.0
    max_body_bytes: Annotated[int, Meta(ge=1024, le=64 << 20)] = 262_144
    allow_private: bool = False


class ProviderSettings(Section):
    enabled: bool = True
    interval: Interval | None = None
    base_url: str | None = None  # scheme://host[:port], replaces that of every request


class Alerts(Section):
    urls: tuple[str, ...] = ()  # may hold secrets
    after: Count = 2
    recover: Count = 1
    remind: SecondsOrZero = 0.0


class Metrics(Section):
    listen: str = ""


class Web(Section):
    listen: str = "127.0.0.1:8479"
    token_file: str | None = None


class History(Section):
    keep_days: Count = 365


class Log(Section):
    format: Literal["auto", "journal", "console", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Section):
    """All of it. `providers` is keyed by canonical api name."""

    database: Database = msgspec.field(default_factory=Database)
    keys: Keys = msgspec.field(default_factory=Keys)
    control: Control = msgspec.field(default_factory=Control)
    schedule: Schedule = msgspec.field(default_factory=Schedule)
    worker: Worker = msgspec.field(default_factory=Worker)
    probe: Probe = msgspec.field(default_factory=Probe)
    providers: dict[str, ProviderSettings] = {}
    alerts: Alerts = msgspec.field(default_factory=Alerts)
    metrics: Metrics = msgspec.field(default_factory=Metrics)
    web: Web = msgspec.field(default_factory=Web)
    history: History = msgspec.field(default_factory=History)
    log: Log = msgspec.field(default_factory=Log)

    def enabled(self, api: str) -> bool:
        """Whether a known api is checked at all."""
        return self.providers.get(api, _PROVIDER_DEFAULTS).enabled

    def interval(self, api: str, *, critical: bool) -> float:
        """Seconds between two checks of one credential of `api`."""
        own = self.providers.get(api, _PROVIDER_DEFAULTS).interval
        return own or (self.schedule.critical_interval if critical else self.schedule.interval)

    @property
    def window(self) -> int:
        """Users in flight at once; `auto` begins serial."""
        return 1 if self.worker.window == "auto" else min(self.worker.window, self.worker.window_max)


_PROVIDER_DEFAULTS = ProviderSettings()
