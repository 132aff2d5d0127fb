"""Every setting with its unit, default, range and meaning. Frozen: a reload makes a new value, all or nothing.

Seconds and bytes are plain numbers. A `description` is what docs/reference/configuration.md says of the key.
An optional text that is empty counts as not set.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from workers.catalog import APIS, Api
from workers.own import OwnProvider

Seconds = Annotated[float, Meta(gt=0, le=86_400 * 366)]
Interval = Annotated[float, Meta(ge=1, le=86_400 * 31)]
SecondsOrZero = Annotated[float, Meta(ge=0, le=86_400 * 366)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
CountOrZero = Annotated[int, Meta(ge=0, le=100_000_000)]
Window = Literal["auto"] | Annotated[int, Meta(ge=1, le=1024)]


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all sections share: frozen, and an unknown key is an error. A `repr` shows no value: some are secret."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class Database(Section, frozen=True):
    dsn: Annotated[
        str | None,
        Meta(
            description="libpq conninfo or URL; else `HEALTHSUP_DSN`, then `DATABASE_URL`; none of them: the "
            "embedded PostgreSQL. A URL of Prisma's works as it is"
        ),
    ] = None  # may hold a password
    embedded_dir: Annotated[
        str | None,
        Meta(
            description="data directory of the embedded PostgreSQL; else `$STATE_DIRECTORY/postgres`, else the "
            "user's data directory"
        ),
    ] = None
    pool_max: Annotated[int, Meta(ge=2, le=100), Meta(description="connections at most; two threads need one each")] = (
        5  # from the seed document
    )
    pool_timeout: Annotated[Seconds, Meta(description="seconds to wait for a free connection")] = 20.0


class Keys(Section, frozen=True):
    encryption_key_file: Annotated[
        str | None,
        Meta(
            description="file with the key that opens the credentials; else the systemd credential "
            "`encryption_key`, else `ENCRYPTION_KEY`, else `JWT_SECRET`. Only the worker reads it"
        ),
    ] = None


class Control(Section, frozen=True):
    dir: Annotated[
        str | None,
        Meta(
            description="private directory (0700) of the sockets; else `$RUNTIME_DIRECTORY`, `/run/healthsup`, "
            "`$XDG_RUNTIME_DIR/healthsup`, `healthsup-<uid>` in the temporary directory"
        ),
    ] = None


class Schedule(Section, frozen=True):
    interval: Annotated[Interval, Meta(description="seconds between two checks of one credential")] = 900.0
    critical_interval: Annotated[Interval, Meta(description="the same for ebay, amazon and mercadolibre")] = 300.0
    startup_probe: Annotated[
        bool,
        Meta(description="whether the first pass after a start makes requests, or only decrypts and validates"),
    ] = False
    user_pause: Annotated[SecondsOrZero, Meta(description="seconds between two users while the window is 1")] = 0.1
    active_within_days: Annotated[
        CountOrZero,
        Meta(description="check only users who logged in or were created within so many days; 0: every active one"),
    ] = 0


class Worker(Section, frozen=True):
    window: Annotated[
        Window,
        Meta(
            description="users in flight at once; `auto` begins with 1, opens while checks are overdue and the "
            "worker is stable, falls back to 1 on a crash"
        ),
    ] = "auto"
    window_max: Annotated[int, Meta(ge=1, le=1024), Meta(description="how far the window may open")] = 64
    crypto_concurrency: Annotated[int, Meta(ge=1, le=64), Meta(description="decryptions at once")] = 2
    check_deadline: Annotated[
        float, Meta(ge=0.1, le=3600), Meta(description="seconds for one check, enforced with SIGKILL")
    ] = 30.0
    strikes: Annotated[
        int,
        Meta(ge=1, le=100),
        Meta(description="crashes or deadlines of one check in a row before it is quarantined"),
    ] = 2
    sandbox: Annotated[
        Literal["auto", "require", "off"],
        Meta(description="`auto`: everything this kernel offers; `require`: anything missing is an error; `off`"),
    ] = "auto"
    rss_limit_mib: Annotated[
        int, Meta(ge=32, le=1_048_576), Meta(description="MiB at which the worker is replaced between jobs")
    ] = 512
    recycle_after: Annotated[CountOrZero, Meta(description="jobs after which the worker is replaced; 0: never")] = 0


class Probe(Section, frozen=True):
    connect_timeout: Annotated[
        float, Meta(ge=0.01, le=600), Meta(description="seconds for a connection to a provider")
    ] = 5.0
    total_timeout: Annotated[
        float,
        Meta(ge=0.01, le=3600),
        Meta(description="seconds for everything one check does on the network, name resolution included"),
    ] = 15.0
    max_body_bytes: Annotated[
        int, Meta(ge=1024, le=64 << 20), Meta(description="bytes of an answer, decompressed, that are read")
    ] = 262_144
    allow_private: Annotated[bool, Meta(description="allow probes to loopback, private and link-local addresses")] = (
        False
    )


class ProviderSettings(Section, frozen=True):
    enabled: Annotated[
        bool, Meta(description="whether this API is checked; if not, its snapshots stay as they are")
    ] = True
    interval: Annotated[
        Interval | None, Meta(description="seconds between two checks of one credential of this API")
    ] = None
    base_url: Annotated[
        str | None,
        Meta(description="scheme://host[:port] that replaces that of every request of this provider"),
    ] = None


class Alerts(Section, frozen=True):
    urls: Annotated[tuple[str, ...], Meta(description="where to send: Apprise URLs")] = ()  # may hold secrets
    after: Annotated[Count, Meta(description="bad checks in a row before an alert")] = 2
    recover: Annotated[Count, Meta(description="good checks in a row before the all-clear")] = 1
    remind: Annotated[SecondsOrZero, Meta(description="seconds between reminders; 0: none")] = 0.0


class Metrics(Section, frozen=True):
    listen: Annotated[str, Meta(description="host:port of the Prometheus metrics; empty: none")] = ""


class Web(Section, frozen=True):
    listen: Annotated[str, Meta(description="host:port of the status page")] = "127.0.0.1:8479"
    token_file: Annotated[
        str | None,
        Meta(description="file with a bearer token; required when `web.listen` is not loopback"),
    ] = None


class History(Section, frozen=True):
    keep_days: Annotated[Count, Meta(description="days for which changes are kept")] = 365


class Log(Section, frozen=True):
    format: Annotated[
        Literal["auto", "journal", "console", "json"],
        Meta(description="`auto`: journal fields under systemd, coloured lines on a terminal, else JSON lines"),
    ] = "auto"
    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="the least severe lines that are written")
    ] = "info"


class Settings(Section, frozen=True):
    """All of it. `providers` is keyed by canonical api name."""

    database: Database = msgspec.field(default_factory=Database)
    keys: Keys = msgspec.field(default_factory=Keys)
    control: Control = msgspec.field(default_factory=Control)
    schedule: Schedule = msgspec.field(default_factory=Schedule)
    worker: Worker = msgspec.field(default_factory=Worker)
    probe: Probe = msgspec.field(default_factory=Probe)
    providers: dict[str, ProviderSettings] = msgspec.field(default_factory=dict)
    alerts: Alerts = msgspec.field(default_factory=Alerts)
    metrics: Metrics = msgspec.field(default_factory=Metrics)
    web: Web = msgspec.field(default_factory=Web)
    history: History = msgspec.field(default_factory=History)
    log: Log = msgspec.field(default_factory=Log)
    own: dict[str, OwnProvider] = msgspec.field(default_factory=dict)
    """The providers that `[providers.<name>.probe]` describes, by name; no section of a file."""

    @property
    def apis(self) -> tuple[Api, ...]:
        """Every api that is known here: healthsup's own and the configuration's."""
        return (*APIS, *(Api(name) for name in self.own))

    def enabled(self, api: str) -> bool:
        """Whether a known api is checked at all."""
        return self.providers.get(api, _PROVIDER_DEFAULTS).enabled

    def interval(self, api: str, *, critical: bool) -> float:
        """Seconds between two checks of one credential of `api`."""
        own = self.providers.get(api, _PROVIDER_DEFAULTS).interval
        return own or (self.schedule.critical_interval if critical else self.schedule.interval)

    @property
    def places(self) -> int:
        """How many users may be in flight in a worker at most: its places."""
        own = self.worker.window
        return self.worker.window_max if own == "auto" else min(own, self.worker.window_max)


_PROVIDER_DEFAULTS = ProviderSettings()
