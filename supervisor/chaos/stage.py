"""What the storm rages over: premises of its own, everybody's rows, a witness in the database."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from supervisor.chaos.cast import Role
from supervisor.errors import Fatal
from supervisor.launcher import worker_command, worker_environment
from supervisor.stage import Interruption, Premises, Progress, premises
from supervisor.store import Policy, Store
from supervisor.store.admin import Admin, Sealed
from supervisor.store.witness import APPLICATION, Witness

DEADLINE_S: Final = 6.0  # beyond what a check's requests may take by more than the worker's beat tells
_SEAL_WITHIN_S: Final = 60.0
_DAYS_31: Final = 86_400.0 * 31


@dataclass(frozen=True, slots=True)
class Scene:
    """`checks`: each role by its check's (credential's) id; `users`: by (user id, api)."""

    at: Premises
    witness: Witness
    checks: Mapping[int, Role]
    users: Mapping[tuple[int, str], Role]


@contextmanager
def scene(roles: Sequence[Role], progress: Progress, interruption: Interruption) -> Iterator[Scene]:
    """Set everything up, and clear it away however the body ends."""
    with premises("chaos", progress, interruption) as at:
        with progress.step(f"sealing {len(roles)} credentials with a key of its own"):
            ciphertexts = _sealed(roles, at.key)
        conninfo = f"{at.conninfo} application_name={APPLICATION}"
        with Store(conninfo, schema=None, pool_max=2, pool_timeout=10.0, owner=APPLICATION) as store:
            with progress.step("signing everybody up"):
                store.migrate()
                checks, users = _signed_up(Admin(store), roles, ciphertexts)
                store.refresh_names()
                store.sync(Policy())
                witness = Witness(store)
                witness.install()
                witness.begin([])
            yield Scene(at, witness, checks, users)


def _sealed(roles: Sequence[Role], key: str) -> list[str]:
    """Their ciphertexts, made by the faulty worker's own program: this process holds no decryption library."""
    done = subprocess.run(
        worker_command("seal", program="workers.faults"),
        env=worker_environment({"ENCRYPTION_KEY": key}),
        input="".join(f"{json.dumps(role.fields)}\n" for role in roles),
        capture_output=True,
        text=True,
        timeout=_SEAL_WITHIN_S,
        check=False,
    )
    if done.returncode or len(lines := done.stdout.split()) != len(roles):
        raise Fatal("the storm's credentials could not be sealed")
    return lines


def _signed_up(
    admin: Admin, roles: Sequence[Role], ciphertexts: Sequence[str]
) -> tuple[dict[int, Role], dict[tuple[int, str], Role]]:
    ids: dict[str, int] = {}
    users: dict[tuple[int, str], Role] = {}
    for role, ciphertext in zip(roles, ciphertexts, strict=True):
        user = ids.get(role.user) or admin.add_user(role.user, f"{role.user}@shop.example", active=True)
        ids[role.user] = user
        users[user, role.api] = role
        admin.add_credential(Sealed(user, role.api, "production", "user", ciphertext), replace=False)
    checks = {row.id: users[row.user_id, row.api] for row in admin.credentials()}
    return checks, users


def sections(window: int | str) -> dict[str, dict[str, Any]]:
    """Of a configuration in which nothing is ever due by itself, and requests end well before a deadline."""
    return {
        "schedule": {"startup_probe": True, "user_pause": 0, "interval": _DAYS_31, "critical_interval": _DAYS_31},
        "worker": {"window": window, "window_max": 8, "check_deadline": DEADLINE_S},
        "probe": {"allow_private": True, "connect_timeout": 2.0, "total_timeout": 2.5},
    }
