"""Sealing sample credentials by the worker's own `seal`: this process never holds the decryption library."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from supervisor.demo.cast import Form, Role
from supervisor.errors import Fatal
from supervisor.launcher import worker_command, worker_environment

_WITHIN_S = 30.0


def sealed(roles: Sequence[Role], keys: Mapping[Form, str]) -> list[str]:
    """Each role's ciphertext; `keys` has the encryption key of each form. Alike ones are sealed once."""
    unlike = {_content(role): role for role in roles}
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        ciphertexts = dict(zip(unlike, pool.map(lambda role: _seal(role, keys), unlike.values()), strict=True))
    return [ciphertexts[_content(role)] for role in roles]


def _content(role: Role) -> tuple[str, Form, str]:
    return role.api, role.form, json.dumps(role.fields)


def _seal(role: Role, keys: Mapping[Form, str]) -> str:
    if role.form is Form.PLAIN:
        return json.dumps(role.fields)
    layout = "cbc" if role.form is Form.CBC else "gcm"
    done = subprocess.run(
        worker_command("seal", f"--api={role.api}", f"--format={layout}"),
        env=worker_environment({"ENCRYPTION_KEY": keys[role.form]}),
        input=json.dumps(role.fields),
        capture_output=True,
        text=True,
        timeout=_WITHIN_S,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise Fatal(f"a sample credential of {role.api} could not be sealed ({last})")
    return done.stdout.strip()
