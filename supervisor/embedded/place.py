"""Where the data directory is, and what stands around it."""

import os
from collections.abc import Mapping
from pathlib import Path

from supervisor.errors import BadConfig

CURE = "set database.embedded_dir to a directory that this user can write, or database.dsn to a server of yours"
_SHOWN = 200


def default_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The data directory where none is configured: the first of three variables that holds an absolute path."""
    environ = os.environ if environ is None else environ
    state = Path(environ.get("STATE_DIRECTORY", "").split(":")[0])  # systemd lists several with colons
    data, home = Path(environ.get("XDG_DATA_HOME", "")), Path(environ.get("HOME", ""))
    if state.is_absolute():
        return state / "postgres"
    if data.is_absolute():
        return data / "healthsup" / "postgres"
    if home.is_absolute():
        return home / ".local" / "share" / "healthsup" / "postgres"
    raise BadConfig("no place for the embedded database: neither STATE_DIRECTORY nor HOME is set", CURE)


class Place:
    """A data directory and its siblings: one file system, one parent, made for one owner."""

    def __init__(self, data_dir: Path) -> None:
        self.data = _resolved(data_dir)
        parent, name = self.data.parent, self.data.name
        self.lock = parent / f".{name}.lock"
        self.half_made = parent / f"{name}.init"
        self.log = parent / f"{name}.log"
        self.copies = parent / f".{name}.bin"
        self._made: list[Path] = []

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def version(self) -> str | None:
        """The major version the cluster was made with; None where there is no cluster yet."""
        try:
            return (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise refused(self.data, error) from error

    def make_parent(self) -> None:
        """The directories above where there are none yet: to be passed through by all, listed by the owner."""
        try:
            for path in reversed([path for path in self.data.parents if not path.exists()]):
                path.mkdir(exist_ok=True)
                path.chmod(0o711)  # whatever the umask: as root, the server runs as another user
                self._made.append(path)
                above = path.parent.stat()
                if above.st_uid != os.geteuid() == 0:  # root, in a place of another's
                    os.chown(path, above.st_uid, above.st_gid)
        except OSError as error:
            raise refused(self.data, error) from error

    def adopt(self, owner: tuple[int, int]) -> None:
        """Give the cluster, if there is one, and what we made around it to the user who is to run the server."""
        cluster = self.version() is not None  # else it may be anything: /etc, by mistake
        try:
            for path in (*self._made, self.lock):
                if path.lstat().st_uid != owner[0]:
                    os.chown(path, *owner, follow_symlinks=False)
            if cluster and self.data.stat().st_uid != owner[0]:
                for _, directories, files, parent in os.fwalk(self.data, topdown=False):
                    for name in (*directories, *files):
                        os.chown(name, *owner, dir_fd=parent, follow_symlinks=False)
                os.chown(self.data, *owner)  # last: it says that all the rest is done
        except OSError as error:
            raise refused(self.data, error) from error

    def check_free(self) -> None:
        """Refuse to make a cluster where something else is."""
        try:
            occupied = os.path.lexists(self.data) and any(self.data.iterdir())
            mounted = self.data.is_mount()
        except OSError as error:
            raise refused(self.data, error) from error
        if mounted:
            raise BadConfig(f"{shown(self.data)} is a mount point", "set database.embedded_dir to a directory in it")
        if occupied:
            raise BadConfig(
                f"{shown(self.data)} is not empty and holds no PostgreSQL cluster",
                "set database.embedded_dir to a new directory, or empty this one",
            )


def refused(path: Path, error: OSError | UnicodeDecodeError) -> BadConfig:
    """The one line for a file system that does not do what it must."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else ascii(str(error))
    return BadConfig(f"cannot use {shown(path)} for the embedded database: {why}", CURE)


def shown(path: Path) -> str:
    """A path in a message: on one line, whatever is in it, and not endless."""
    text = os.fspath(path)
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}…{text[-_SHOWN // 2 :]}"


def _resolved(data_dir: Path) -> Path:
    try:
        path = data_dir.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a lost working directory, a null byte
        raise BadConfig(f"database.embedded_dir {os.fspath(data_dir)!a} is no usable path", CURE) from error
    text = os.fspath(path)
    if path == Path("/") or not text.isprintable():
        raise BadConfig(f"database.embedded_dir {text!a} is no usable path", CURE)
    return path
