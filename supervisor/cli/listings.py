"""What each listing shows. The JSON fields are the contract's (docs/reference/commands.md)."""

from typing import Final

from supervisor.cli.listing import Listing

_STATUS_FIELDS: Final = (
    "user_id", "api", "environment", "status", "reason", "fault", "available", "configured", "latency_ms",
    "trust_score", "message", "checked_at",
)  # fmt: skip

SNAPSHOTS: Final = Listing(
    fields=_STATUS_FIELDS,
    columns=(
        ("user_id", "user"),
        ("api", "api"),
        ("environment", "environment"),
        ("status", "status"),
        ("reason", "reason"),
        ("latency_ms", "ms"),
        ("trust_score", "trust"),
        ("checked_at", "checked"),
        ("message", "message"),
    ),
    numbers=frozenset({"user_id", "latency_ms", "trust_score"}),
    nothing="no snapshot yet: nothing was checked",
)

HISTORY: Final = Listing(
    fields=(
        "at", "user_id", "api", "environment", "previous", "status", "available", "configured", "error", "latency_ms",
        "trust_score", "message",
    ),
    columns=(
        ("at", "at"),
        ("environment", "environment"),
        ("previous", "from"),
        ("status", "to"),
        ("available", "available"),
        ("latency_ms", "ms"),
        ("trust_score", "trust"),
        ("error", "error"),
    ),
    numbers=frozenset({"latency_ms", "trust_score"}),
    nothing="no change was recorded",
)  # fmt: skip

QUARANTINED: Final = Listing(
    fields=("user_id", "api", "environment", "strikes", "signal", "phase", "since"),
    columns=(
        ("user_id", "user"),
        ("api", "api"),
        ("environment", "environment"),
        ("strikes", "strikes"),
        ("signal", "signal"),
        ("phase", "phase"),
        ("since", "since"),
    ),
    numbers=frozenset({"user_id", "strikes"}),
    nothing="nothing is in quarantine",
)

CRASHES: Final = Listing(
    fields=(
        "at", "generation", "pid", "signal", "exit_code", "phase", "user_id", "api", "environment", "judgement",
        "uptime_s", "rss_mib", "traceback",
    ),
    columns=(
        ("at", "at"),
        ("generation", "generation"),
        ("pid", "pid"),
        ("signal", "signal"),
        ("exit_code", "exit"),
        ("phase", "phase"),
        ("user_id", "user"),
        ("api", "api"),
        ("environment", "environment"),
        ("judgement", "judgement"),
        ("uptime_s", "up s"),
        ("rss_mib", "MiB"),
    ),
    numbers=frozenset({"generation", "pid", "exit_code", "user_id", "uptime_s", "rss_mib"}),
    nothing="no worker has died",
)  # fmt: skip

INCIDENTS: Final = Listing(
    fields=("api", "kind", "opened_at", "closed_at", "users"),
    columns=(
        ("api", "api"),
        ("kind", "kind"),
        ("opened_at", "opened"),
        ("closed_at", "closed"),
        ("users", "users"),
    ),
    numbers=frozenset({"users"}),
    nothing="no incident was recorded",
)

USERS: Final = Listing(
    fields=("id", "username", "email", "active", "credentials", "last_login_at", "created_at"),
    columns=(
        ("id", "id"),
        ("username", "name"),
        ("email", "e-mail"),
        ("active", "active"),
        ("credentials", "credentials"),
        ("last_login_at", "last login"),
        ("created_at", "created"),
    ),
    numbers=frozenset({"id", "credentials"}),
    nothing="no users",
)

CREDENTIALS: Final = Listing(
    fields=("id", "user_id", "api", "environment", "scope", "active", "updated_at"),
    columns=(
        ("id", "id"),
        ("user_id", "user"),
        ("api", "api"),
        ("environment", "environment"),
        ("scope", "scope"),
        ("active", "active"),
        ("updated_at", "updated"),
    ),
    numbers=frozenset({"id", "user_id"}),
    nothing="no credentials",
)

IN_FLIGHT: Final = Listing(
    fields=("user_id", "api", "environment", "phase"),
    columns=(("user_id", "user"), ("api", "api"), ("environment", "environment"), ("phase", "phase")),
    numbers=frozenset({"user_id"}),
    nothing="nothing is in flight",
)

SETTINGS: Final = Listing(
    fields=("key", "value", "origin"),
    columns=(("key", "key"), ("value", "value"), ("origin", "from")),
)
