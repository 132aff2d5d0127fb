"""The flight page: what each place of the window is doing, in memory that survives the worker's death.

A sealed memfd of fixed size (a worker that truncates it would otherwise kill its reader with SIGBUS). The worker
writes, the supervisor reads after a death; what it reads is a claim of a hostile process: bounded and checked here,
compared with what was handed out by the reader. Per place: the job, the check, its phase, since when, and the
finished answers of the job, one cell each, so that an answer lost between `send` and a crash is still known. It is
written several times for each user, so a place's `Pen` writes only what has changed.

Little endian. Header: magic, places, resident set (KiB), last beat (monotonic s). Place: job, check, since (monotonic
s), phase, finished. Cell: length, then the encoded `wire.Answer`.
"""

import fcntl
import mmap
import os
import struct
from dataclasses import dataclass
from typing import Final

from workers.wire import MAX_CHECKS_PER_JOB, Phase

_HEADER: Final = struct.Struct("<4sIQ")
_PLACE: Final = struct.Struct("<QQdBB")
_LENGTH: Final = struct.Struct("<H")
_RSS: Final = struct.Struct("<Q")
_BEAT: Final = struct.Struct("<d")
_BEAT_OFFSET: Final = 16
_MAGIC: Final = b"hsf1"
_HEADER_BYTES: Final = 64
_PLACE_BYTES: Final = 64
CELL_BYTES: Final = 512
KEPT_BYTES: Final = CELL_BYTES - _LENGTH.size  # the longest answer that a cell holds
_STRIDE: Final = _PLACE_BYTES + MAX_CHECKS_PER_JOB * CELL_BYTES
_PHASE_OFFSET: Final = 24  # of the place's last two fields
_FINISHED_OFFSET: Final = 25
_PHASES: Final = tuple(Phase)
_CODES: Final = {phase: code for code, phase in enumerate(_PHASES)}


@dataclass(frozen=True, slots=True)
class Place:
    """One place as it stood: the claimed job and check (0: none), and the encoded answers of that job."""

    number: int
    job: int
    check: int
    phase: Phase
    since: float
    answers: tuple[bytes, ...]


def sealed_memory(name: str, size: int) -> int:
    """A descriptor of `size` zero bytes that nobody can resize."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return fd


class Pen:
    """What one place writes, from its own thread only."""

    def __init__(self, memory: mmap.mmap, place: int) -> None:
        self._memory = memory
        self._place = _HEADER_BYTES + place * _STRIDE
        self._phase = self._place + _PHASE_OFFSET
        self._finished = self._place + _FINISHED_OFFSET
        self._cells = self._place + _PLACE_BYTES

    def begin(self, job: int, check: int, since: float, finished: int) -> None:
        """A check begins, behind so many of its job. The first of a job takes the answers of the one before away."""
        _PLACE.pack_into(self._memory, self._place, job, check, since, _CODES[Phase.DECRYPT], finished)

    def stamp(self, phase: Phase) -> None:
        """Say what the place does now."""
        self._memory[self._phase] = _CODES[phase]

    def finish(self, finished: int, answer: bytes) -> None:
        """Keep an encoded answer before it is sent, behind so many; one too long for its cell is not kept."""
        cell = self._cells + finished * CELL_BYTES
        kept = answer if len(answer) <= KEPT_BYTES else b""
        self._memory[cell : cell + _LENGTH.size + len(kept)] = _LENGTH.pack(len(kept)) + kept
        self._memory[self._finished] = finished + 1  # last: until then the cell is nobody's


class Page:
    """A mapped flight page."""

    def __init__(self, fd: int, places: int) -> None:
        self._memory = mmap.mmap(fd, size_for(places))
        self._places = places

    @classmethod
    def create(cls, places: int) -> tuple["Page", int]:
        """A fresh page and its descriptor, for the supervisor."""
        fd = sealed_memory("healthsup-flight", size_for(places))
        page = cls(fd, places)
        _HEADER.pack_into(page._memory, 0, _MAGIC, places, 0)
        return page, fd

    def pen(self, place: int) -> Pen:
        """For the worker."""
        return Pen(self._memory, place)

    def report_rss(self, kib: int) -> None:
        _RSS.pack_into(self._memory, 8, kib)

    def beat(self, now: float) -> None:
        """The worker's main thread still gets the interpreter's lock."""
        _BEAT.pack_into(self._memory, _BEAT_OFFSET, now)

    def beaten_at(self) -> float:
        """When it last did, by its own word."""
        (at,) = _BEAT.unpack_from(self._memory, _BEAT_OFFSET)
        return float(at)

    def rss_kib(self) -> int:
        """The resident set in KiB as the worker tells it; 0 before it has."""
        (kib,) = _RSS.unpack_from(self._memory, 8)
        return min(int(kib), 1 << 40)

    def places(self) -> list[Place]:
        """Every place as it stands now; bounded whatever the worker wrote."""
        return [self._read(number) for number in range(self._places)]

    def _read(self, number: int) -> Place:
        offset = _HEADER_BYTES + number * _STRIDE
        job, check, since, code, finished = _PLACE.unpack_from(self._memory, offset)
        phase = _PHASES[code] if code < len(_PHASES) else Phase.IDLE
        cells = (offset + _PLACE_BYTES + index * CELL_BYTES for index in range(min(finished, MAX_CHECKS_PER_JOB)))
        return Place(number, job, check, phase, since, tuple(self._cell(cell) for cell in cells))

    def _cell(self, offset: int) -> bytes:
        (length,) = _LENGTH.unpack_from(self._memory, offset)
        return bytes(self._memory[offset + 2 : offset + 2 + min(length, KEPT_BYTES)])

    def close(self) -> None:
        self._memory.close()


def size_for(places: int) -> int:
    """Bytes of a page with so many places."""
    return _HEADER_BYTES + places * _STRIDE
