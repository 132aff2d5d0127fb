"""As whom PostgreSQL runs: it refuses root, and wants a user that the system knows."""

import os
import pwd
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from supervisor.embedded import descend
from supervisor.embedded.copies import copied
from supervisor.embedded.log import tail
from supervisor.embedded.place import CURE, Place, refused, shown
from supervisor.errors import BadConfig


def environment() -> dict[str, str]:
    """All that PostgreSQL inherits: no NOTIFY_SOCKET, no PG*, no secret."""
    inherited = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"PATH": "/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "TZ": "UTC", **inherited}


@dataclass(frozen=True, slots=True)
class Guise:
    """`as-is`; `user`: another user, who must reach binaries and data; `namespace`: still us, but unseen."""

    kind: str = "as-is"
    uid: int = -1
    gid: int = -1

    def owner(self) -> tuple[int, int]:
        """Who must own the files: user and group."""
        return (self.uid, self.gid) if self.kind == "user" else (os.geteuid(), os.getegid())

    def command(self, directory: Path, command: Sequence[str]) -> list[str]:
        """`command`, run in this guise and in `directory`, and dying with us."""
        guise = self.kind if self.kind == "as-is" else f"{self.kind}:{self.uid}:{self.gid}"
        return [sys.executable, "-I", "-S", descend.__file__, str(os.getpid()), guise, str(directory), *command]


@dataclass(frozen=True, slots=True)
class Setting:
    """Binaries, their major version, and the guise in which both they and the data are within reach."""

    bin_dir: Path
    major: int
    guise: Guise

    def command(self, directory: Path, program: str, *arguments: str) -> list[str]:
        return self.guise.command(directory, [str(self.bin_dir / program), *arguments])


def choose(bin_dir: Path, place: Place) -> Setting:
    """The first guise that works. The parent of the data directory must exist."""
    guises = list(_guises(place))
    why = ""
    for guise in guises:
        major, why = _tried(guise, bin_dir, place)
        if major:
            return Setting(bin_dir, major, guise)
    able = [guise for guise in guises if _run(guise, place, "/bin/true")[0]]
    for guise in able:
        if guise.kind != "user" or _run(guise, place, "/usr/bin/test", "-x", str(bin_dir / "postgres"))[0]:
            continue  # within reach, and broken
        copy = copied(bin_dir, place)
        major, why = _tried(guise, copy, place)
        if major:
            return Setting(copy, major, guise)
    if os.geteuid() == 0 and not able:
        raise BadConfig(
            f"PostgreSQL does not run as root, and no other user can enter {shown(place.data.parent)} ({why})",
            "set database.embedded_dir to a place like /var/lib/healthsup/postgres, or database.dsn",
        )
    raise BadConfig(f"PostgreSQL in {shown(bin_dir)} does not run here ({why})", CURE)


def _guises(place: Place) -> Iterator[Guise]:
    """What to try, in order: as the files say it was before, then another user, then a namespace."""
    if os.geteuid() != 0:
        if _known(os.geteuid()):
            yield Guise()
        else:
            yield from _namespaces()
        return
    owner = _owner(place)
    if owner != 0 and _known(owner):
        yield Guise("user", owner, pwd.getpwuid(owner).pw_gid)
    namespaces = _namespaces()
    users = [Guise("user", *user) for user in _users("postgres", "nobody")]
    ours = place.version() is not None and owner == 0
    yield from namespaces + users if ours else users + namespaces


def _namespaces() -> list[Guise]:
    return [Guise("namespace", *user) for user in _users("nobody")]


def _owner(place: Place) -> int:
    try:
        return (place.data if place.data.exists() else place.data.parent).stat().st_uid
    except OSError as error:
        raise refused(place.data, error) from error


def _known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _users(*names: str) -> Iterator[tuple[int, int]]:
    for name in names:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        yield entry.pw_uid, entry.pw_gid


def _tried(guise: Guise, bin_dir: Path, place: Place) -> tuple[int, str]:
    """The major version these binaries have when run in this guise, from beside the data; or 0, and why."""
    ok, said = _run(guise, place, str(bin_dir / "postgres"), "--version")
    version = re.search(r"\) (\d+)", said)  # postgres (PostgreSQL) 18.6
    return (int(version[1]), "") if ok and version else (0, said)


def _run(guise: Guise, place: Place, *command: str) -> tuple[bool, str]:
    try:
        done = subprocess.run(
            guise.command(place.data.parent, command),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, ascii(str(error))
    return done.returncode == 0, tail(done.stdout, lines=1) or f"exit code {done.returncode}"
