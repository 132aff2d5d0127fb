"""What the demonstration plays on: a private directory, a key, a PostgreSQL, a marketplace, the rows, a configuration.

Nothing of it is the caller's: no configured database, no key, no setting. All of it is gone afterwards.
"""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from supervisor.demo.cast import Form, Player
from supervisor.demo.interruption import Interruption
from supervisor.demo.progress import Progress
from supervisor.demo.sealing import sealed
from supervisor.embedded import Embedded
from supervisor.standin import APIS, StandIn
from supervisor.store import Store
from supervisor.store.admin import Admin, Scope, Sealed

_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")
_LONGEST_DIR: Final = 60  # characters; the name of a unix socket has 107


@dataclass(frozen=True, slots=True)
class Stage:
    config: Path
    environ: Mapping[str, str]
    shop: StandIn
    players: Mapping[int, Player]


@contextmanager
def stage(players: Sequence[Player], progress: Progress, interruption: Interruption) -> Iterator[Stage]:
    """Set everything up, and clear it away however the body ends. Call it from the main thread."""
    with ExitStack() as exits:
        directory = Path(exits.enter_context(_private_directory()))
        key, foreign_key = secrets.token_hex(32), secrets.token_hex(32)
        keys = {Form.GCM: key, Form.CBC: key, Form.FOREIGN: foreign_key}
        with progress.step("sealing sample credentials with a key of its own"):
            roles = [role for player in players for role in player.roles]
            ciphertexts = sealed(roles, keys)
        with progress.step("opening a stand-in marketplace on loopback"), interruption.held():
            shop = exits.enter_context(StandIn())
        with progress.step("starting a PostgreSQL of its own"), interruption.held():
            embedded = exits.enter_context(Embedded(directory / "postgres", durable=False))
            conninfo = embedded.ensure().conninfo()
        with progress.step(f"signing up {len(players)} users with {len(roles)} credentials"):
            ids = _fill(conninfo, players, ciphertexts)
        environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        config = _configuration(directory, conninfo, shop.base_url)
        yield Stage(config, environ | {"ENCRYPTION_KEY": key}, shop, ids)


@contextmanager
def _private_directory() -> Iterator[str]:
    """A fresh directory with mode 0700, short enough for sockets in it."""
    base = tempfile.gettempdir()
    directory = tempfile.mkdtemp(prefix="healthsup-demo-", dir=base if len(base) <= _LONGEST_DIR else "/tmp")  # noqa: S108 - mkdtemp
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _fill(conninfo: str, players: Sequence[Player], ciphertexts: Sequence[str]) -> dict[int, Player]:
    """The players by their new ids; `ciphertexts` are those of all roles, in order."""
    remaining = iter(ciphertexts)
    ids: dict[int, Player] = {}
    with Store(conninfo, schema=None, pool_max=2, pool_timeout=10.0, owner="demo") as store:
        store.migrate()
        admin = Admin(store)
        for player in players:
            user = admin.add_user(player.name, f"{player.name}@shop.example", active=True)
            ids[user] = player
            for role in player.roles:
                scope: Scope = "global" if role.shared else "user"
                sealed_row = Sealed(user, role.api, "production", scope, next(remaining))
                admin.add_credential(sealed_row, replace=False)
    return ids


def _configuration(directory: Path, conninfo: str, base_url: str) -> Path:
    """Everything at once, one user after another, probes included, and every provider is the stand-in."""
    sections: dict[str, dict[str, Any]] = {
        "database": {"dsn": conninfo},
        "control": {"dir": str(directory / "run")},
        "schedule": {"startup_probe": True, "user_pause": 0.02},
        "worker": {"window": 1, "check_deadline": 15.0},
        "probe": {"allow_private": True, "connect_timeout": 3.0, "total_timeout": 10.0},
        "log": {"format": "json", "level": "info"},
    }
    sections |= {f"providers.{api}": {"base_url": base_url} for api in APIS}
    lines: list[str] = []
    for section, values in sections.items():
        lines += [
            f"[{section}]",
            *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()),
        ]
    config = directory / "healthsup.toml"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config
