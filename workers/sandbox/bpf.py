"""Seccomp programs: a few tests on one system call, ended by what the kernel does with it."""

import ctypes
import errno
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_LOAD, _JEQ, _JGE, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
_ERRNO: Final = 0x00050000
_ALL_BITS: Final = 0xFFFFFFFF

Instruction = bytes
Block = list[Instruction]


class Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


@dataclass(frozen=True, slots=True)
class Test:
    """An argument of the call (0 to 5), its lower 32 bits under a mask, must be one of these."""

    argument: int
    among: tuple[int, ...]
    mask: int = _ALL_BITS
    otherwise: int = _ERRNO | errno.EPERM


def fail(number: int) -> int:
    """The answer that a call which is not made gives: an errno, or 0 for success."""
    return _ERRNO | number


def answer(number: int, action: int) -> Block:
    """What becomes of a call, whatever its arguments."""
    return [_jump(_JEQ, number, 0, 1), _end(action)]


def allow_if(number: int, tests: Iterable[Test]) -> Block:
    """Allowed where every test holds."""
    body: Block = []
    for test in tests:
        body.append(_load(_ARGUMENTS_AT + 8 * test.argument))
        if test.mask != _ALL_BITS:
            body.append(_and(test.mask))
        most = len(test.among)
        body += [_jump(_JEQ, value, most - index, 0) for index, value in enumerate(test.among)]
        body.append(_end(test.otherwise))
    body.append(_end(ALLOW))
    return [_jump(_JEQ, number, 0, len(body)), *body]


def allow_pairs(number: int, arguments: tuple[int, int], pairs: Mapping[int, tuple[int, ...]], otherwise: int) -> Block:
    """Allowed where one argument is one of the keys and the other one of its values."""
    body: Block = [_load(_ARGUMENTS_AT + 8 * arguments[0])]
    for key, values in pairs.items():
        inner = [_load(_ARGUMENTS_AT + 8 * arguments[1])]
        inner += [_jump(_JEQ, value, len(values) - index, 0) for index, value in enumerate(values)]
        inner += [_end(otherwise), _end(ALLOW)]
        body += [_jump(_JEQ, key, 0, len(inner)), *inner]
    body.append(_end(otherwise))
    return [_jump(_JEQ, number, 0, len(body)), *body]


def prologue(architecture: int, *, x32: bool) -> Block:
    """A call by the rules of another architecture ends the process: its numbers mean other things."""
    start = [_load(_ARCHITECTURE_AT), _jump(_JEQ, architecture, 1, 0), _end(KILL), _load(_NUMBER_AT)]
    return [*start, _jump(_JGE, 0x40000000, 0, 1), _end(KILL)] if x32 else start


def rest(action: int) -> Block:
    """What becomes of every other call."""
    return [_end(action)]


def rest_by_age(newest: int, newer: int, others: int) -> Block:
    """The same, told apart by whether its number is beyond the newest that is known here."""
    return [_jump(_JGE, newest + 1, 0, 1), _end(newer), _end(others)]


def program(blocks: Iterable[Block]) -> Program:
    instructions = [one for block in blocks for one in block]
    return Program(len(instructions), b"".join(instructions))


def _load(offset: int) -> Instruction:
    return struct.pack("=HBBI", _LOAD, 0, 0, offset)


def _and(mask: int) -> Instruction:
    return struct.pack("=HBBI", _AND, 0, 0, mask)


def _jump(kind: int, value: int, true: int, false: int) -> Instruction:
    return struct.pack("=HBBI", kind, true, false, value)


def _end(action: int) -> Instruction:
    return struct.pack("=HBBI", _RETURN, 0, 0, action)
