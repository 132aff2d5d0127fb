"""What the demonstration plays on: premises of its own, the players' rows, a configuration."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from supervisor.demo.cast import Form, Player
from supervisor.demo.sealing import sealed
from supervisor.stage import Interruption, Progress, configure, premises
from supervisor.standin import StandIn
from supervisor.store import Store
from supervisor.store.admin import Admin, Scope, Sealed


@dataclass(frozen=True, slots=True)
class Stage:
    config: Path
    environ: Mapping[str, str]
    shop: StandIn
    players: Mapping[int, Player]


@contextmanager
def stage(players: Sequence[Player], progress: Progress, interruption: Interruption) -> Iterator[Stage]:
    """Set everything up, and clear it away however the body ends. Call it from the main thread."""
    with premises("demo", progress, interruption) as at:
        keys = {Form.GCM: at.key, Form.CBC: at.key, Form.FOREIGN: secrets.token_hex(32)}
        with progress.step("sealing sample credentials with a key of its own"):
            roles = [role for player in players for role in player.roles]
            ciphertexts = sealed(roles, keys)
        with progress.step(f"signing up {len(players)} users with {len(roles)} credentials"):
            ids = _fill(at.conninfo, players, ciphertexts)
        sections = {
            "schedule": {"startup_probe": True, "user_pause": 0.02},
            "worker": {"window": 1, "check_deadline": 15.0},
            "probe": {"allow_private": True, "connect_timeout": 3.0, "total_timeout": 10.0},
        }
        yield Stage(configure(at, sections), at.environ, at.shop, ids)


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
