"""The seccomp tables: no number twice, none beyond the newest, and programs that the kernel's format can hold."""

import struct

import pytest

from workers.sandbox import bpf, seccomp, syscalls

GROUPS = (syscalls.WORKER, syscalls.BY_ARGUMENT, syscalls.BIRTH)
COLUMNS = {"x86-64": 0, "aarch64": 1}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_a_name_has_one_number_and_a_number_one_name(column):
    numbers: dict[int, str] = {}
    for name, both in (pair for group in GROUPS for pair in group.items()):
        if both[column] is not None:
            assert numbers.setdefault(both[column], name) == name
    assert max(numbers) <= syscalls.NEWEST


def test_what_is_allowed_by_argument_alone_is_not_allowed_beside_that():
    assert not set(syscalls.WORKER) & set(syscalls.BY_ARGUMENT)


@pytest.mark.parametrize("forbidden", ["execve", "execveat", "ptrace", "bind", "listen", "accept4", "memfd_create"])
def test_neither_zygote_nor_worker_has(forbidden):
    assert all(forbidden not in group for group in GROUPS)


@pytest.mark.parametrize("blocks", [seccomp._zygote, seccomp._worker, seccomp._no_unix_sockets])
@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_a_program_ends_on_every_path(blocks, column):
    whole = [bpf.prologue(1, x32=column == 0), *blocks(seccomp._Numbers(column))]
    code = [struct.unpack("=HBBI", one) for block in whole for one in block]
    assert len(code) <= 4096
    for index, (kind, true, false, _) in enumerate(code):
        if kind != bpf._RETURN:
            assert index + 1 + max(true, false) < len(code)
    assert code[-1][0] == bpf._RETURN
