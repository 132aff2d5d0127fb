"""What a worker says that ends by an error of its own: where it was, and never what it held."""

import os
import socket
import subprocess
import sys

import pytest

from workers import wire
from workers.flight import Page, sealed_memory

PROGRAM = """
import sys
from workers import serve, zygote

def burst(*_, **__):
    raise RuntimeError("a secret")

def deaf(*_, **__):
    sys.excepthook = burst
    burst()

{broken}
sys.exit(zygote.main([sys.argv[1], "--sandbox=off"], serve.main))
"""


def ended(broken):
    """Its code and its words, those on the zygote's own stderr too, of a worker whose start is broken so."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reading, writing = os.pipe()
    page, page_fd = Page.create(1)
    arguments = ("--endpoint=ipc:///nowhere", "--identity=w", "--generation=1", "--places=1")
    number = theirs.fileno()
    command = [sys.executable, "-c", PROGRAM.format(broken=broken), str(number)]
    with (
        subprocess.Popen(command, pass_fds=[number], stderr=subprocess.PIPE, text=True) as process,
        ours,
        theirs,
    ):
        fds = [page_fd, sealed_memory("a dump", 4096), writing]
        socket.send_fds(ours, [wire.encode(wire.Fork(arguments))], fds)
        assert isinstance(wire.decode_from_zygote(ours.recv(wire.MAX_ZYGOTE_BYTES)), wire.Born)
        forked, pidfds, _, _ = socket.recv_fds(ours, wire.MAX_ZYGOTE_BYTES, 1)
        last = wire.decode_from_zygote(ours.recv(wire.MAX_ZYGOTE_BYTES))
        theirs.close()
        ours.close()
        _, early = process.communicate(timeout=30)
        assert process.returncode == 0
    for fd in (*fds, *pidfds):
        os.close(fd)
    page.close()
    with os.fdopen(reading) as said:
        words = early + said.read()
    assert wire.decode_from_zygote(forked).pid == last.pid
    return last.code, words


@pytest.mark.parametrize("broken", ["serve.Page = burst", "zygote.sandbox.die_with_parent = burst"])
def test_a_worker_that_ends_while_it_starts_says_where_and_not_what(broken):
    code, words = ended(broken)
    assert code == 70
    assert words.startswith("unexpected RuntimeError in burst, line ")
    assert "secret" not in words


def test_a_worker_that_cannot_even_say_so_ends_all_the_same():
    assert ended("zygote.sandbox.die_with_parent = deaf") == (70, "")
