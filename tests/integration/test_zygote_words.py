"""What a worker says that ends by an error of its own: where it was, and never what it held."""

import os
import socket
import subprocess
import sys

from workers import wire
from workers.flight import Page, sealed_memory

PROGRAM = """
import sys
from workers import serve, zygote

def burst(*_, **__):
    raise RuntimeError("a secret")

serve.Page = burst
sys.exit(zygote.main([sys.argv[1], "--sandbox=off"], serve.main))
"""


def test_a_worker_that_ends_while_it_starts_says_where_and_not_what():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reading, writing = os.pipe()
    page, page_fd = Page.create(1)
    arguments = ("--endpoint=ipc:///nowhere", "--identity=w", "--generation=1", "--places=1")
    number = theirs.fileno()
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(number)], pass_fds=[number]) as process, ours, theirs:
        fds = [page_fd, sealed_memory("a dump", 4096), writing]
        socket.send_fds(ours, [wire.encode(wire.Fork(arguments))], fds)
        forked, pidfds, _, _ = socket.recv_fds(ours, wire.MAX_ZYGOTE_BYTES, 1)
        ended = wire.decode_from_zygote(ours.recv(wire.MAX_ZYGOTE_BYTES))
        theirs.close()
        ours.close()
        assert process.wait(30) == 0
    for fd in (*fds, *pidfds):
        os.close(fd)
    page.close()
    with os.fdopen(reading) as said:
        words = said.read()
    assert (wire.decode_from_zygote(forked).pid, ended.code) == (ended.pid, 70)
    assert words.startswith("unexpected RuntimeError in burst, line ")
    assert "secret" not in words
