"""Where a server of ours listens, and how libpq is told."""

from dataclasses import dataclass

PORT = 5432  # only part of the socket's name; fixed, so that $PGPORT of a client cannot lead astray
USER, DBNAME = "postgres", "healthsup"
SOCKET = f".s.PGSQL.{PORT}"


@dataclass(frozen=True, slots=True)
class Address:
    """A unix socket in a directory that nobody but its owner can enter; there is no password."""

    socket_dir: str
    user: str = USER
    dbname: str = DBNAME

    @property
    def socket(self) -> str:
        return f"{self.socket_dir}/{SOCKET}"

    def conninfo(self, dbname: str | None = None) -> str:
        """A libpq connection string, for `dbname` or the database of healthsup."""
        values = {"host": self.socket_dir, "port": str(PORT), "user": self.user, "dbname": dbname or self.dbname}
        return " ".join(f"{key}={_quoted(value)}" for key, value in values.items())


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
