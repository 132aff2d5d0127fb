"""What a program around the whole system plays on: a private directory, a key, a PostgreSQL, a marketplace.

Nothing of it is the caller's: no configured database, no key, no setting. All of it is gone afterwards.
"""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from supervisor.embedded import Embedded
from supervisor.stage.interruption import Interruption
from supervisor.stage.progress import Progress
from supervisor.standin import APIS, StandIn

_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")
_LONGEST_DIR: Final = 60  # characters; the name of a unix socket has 107

Sections = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Premises:
    """`environ` is a child's, with the key in it."""

    directory: Path
    conninfo: str
    shop: StandIn
    key: str = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)


@contextmanager
def premises(name: str, progress: Progress, interruption: Interruption) -> Iterator[Premises]:
    """Set everything up, and clear it away however the body ends. Call it from the main thread."""
    with ExitStack() as exits:
        directory = Path(exits.enter_context(_private_directory(f"healthsup-{name}-")))
        with progress.step("opening a stand-in marketplace on loopback"), interruption.held():
            shop = exits.enter_context(StandIn())
        with progress.step("starting a PostgreSQL of its own"), interruption.held():
            embedded = exits.enter_context(Embedded(directory / "postgres", durable=False))
            conninfo = embedded.ensure().conninfo()
        key = secrets.token_hex(32)
        environ = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"ENCRYPTION_KEY": key}
        yield Premises(directory, conninfo, shop, key, environ)


@contextmanager
def _private_directory(prefix: str) -> Iterator[str]:
    """A fresh directory with mode 0700, short enough for sockets in it."""
    base = tempfile.gettempdir()
    directory = tempfile.mkdtemp(prefix=prefix, dir=base if len(base) <= _LONGEST_DIR else "/tmp")  # noqa: S108 - mkdtemp
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def configure(at: Premises, sections: Sections) -> Path:
    """Write a configuration: everything at once, probes included, and every provider is the stand-in."""
    everywhere: dict[str, Mapping[str, Any]] = {
        "database": {"dsn": at.conninfo},
        "control": {"dir": str(at.directory / "run")},
        "log": {"format": "json", "level": "info"},
        **{f"providers.{api}": {"base_url": at.shop.base_url} for api in APIS},
    }
    lines: list[str] = []
    for section, values in {**everywhere, **sections}.items():
        lines += [
            f"[{section}]",
            *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()),
        ]
    config = at.directory / "healthsup.toml"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config
