"""What each job did, kept in shared memory outside every process that may die: begun, done, how often, in which."""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

_ROW = struct.Struct("<ddHHI")
ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """Monotonic seconds of the last begin and end; how often it began and ended; the process of the last begin."""

    begun_at: float
    done_at: float
    starts: int
    ends: int
    pid: int


class Board:
    """A file of rows, one a job number. One process writes at a time."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        with path.open("w+b" if create else "r+b") as file:
            if create:
                file.truncate(ROWS * _ROW.size)
            self._memory = mmap.mmap(file.fileno(), ROWS * _ROW.size)

    def __getitem__(self, number: int) -> Row:
        return Row(*_ROW.unpack_from(self._memory, number * _ROW.size))

    def begin(self, number: int, now: float, pid: int) -> None:
        row = self[number]
        _ROW.pack_into(self._memory, number * _ROW.size, now, row.done_at, row.starts + 1, row.ends, pid)

    def end(self, number: int, now: float) -> None:
        row = self[number]
        _ROW.pack_into(self._memory, number * _ROW.size, row.begun_at, now, row.starts, row.ends + 1, row.pid)
