"""The SQL texts: one statement a file, shared rules in files named part_*.

`{backend}` stands for the quoted schema of the backend's tables, `{part:NAME}` for the text of `part_NAME.sql`.
Both are filled in once for a connection pool; values are always parameters.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "sql"
_PART: Final = re.compile(r"\{part:(\w+)\}")
_COMMENT: Final = re.compile(r"^\s*--.*$|\s+-- .*$", re.MULTILINE)


def identifier(name: str) -> str:
    """A name as SQL wants it."""
    if not name or "\0" in name:
        raise ValueError("a schema's name is empty or holds a NUL")
    return '"{}"'.format(name.replace('"', '""'))


@cache
def statement(name: str, backend: str) -> bytes:
    """The text of `sql/NAME.sql` for the backend's tables in the schema `backend`."""
    quoted = identifier(backend).replace("%", "%%")  # psycopg reads the text for placeholders
    return _PART.sub(_part, _read(name)).replace("{backend}", quoted).encode()


def read_all() -> None:
    """Read every text now: a daemon that runs out of descriptors can still say what it has never said before."""
    for file in FOLDER.glob("*.sql"):
        _read(file.stem)


def script(name: str, backend: str) -> bytes:
    """The text of `sql/NAME.sql`, which may hold several statements and takes no parameter."""
    return _read(name).replace("{backend}", identifier(backend)).encode()


def _part(match: re.Match[str]) -> str:
    return _PART.sub(_part, _read(f"part_{match[1]}"))


@cache
def _read(name: str) -> str:
    """Without its comments: they may hold a percent sign, and need not travel with every call."""
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return _COMMENT.sub("", text).strip().removesuffix(";")
