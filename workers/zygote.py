"""A process with all imports done and nothing else: it forks a worker in milliseconds, reaps it, and says how it ended.

Single-threaded; it reads no key (it only passes its environment on), and has no ZeroMQ context and no socket but one
SEQPACKET pair to the supervisor. Its first datagram says whose program it is. One asks for a worker (its arguments,
with page, dump and stderr as descriptors); one answers with pid and pidfd, or with what the kernel lacks; one tells how
a worker ended. When the supervisor is gone the pair says so, and the kernel kills both.
"""

import errno
import gc
import os
import select
import signal
import socket
from collections.abc import Callable
from typing import NoReturn

from workers import sandbox, serve, wire
from workers.loop import CRASHED, give_up
from workers.program import build

Serve = Callable[[list[str]], int]


def main(argv: list[str], serve: Serve) -> int:
    """Serve fork requests on the descriptor given, until the supervisor closes its end."""
    number, *options = argv
    sandbox.name("hs-zygote")
    sandbox.close_in()  # inherited by every worker, but for the parent-death signal
    if "--sandbox=off" not in options:
        sandbox.confine_zygote()
    gc.collect()
    gc.freeze()  # the children share these pages
    with socket.socket(fileno=int(number)) as pair:
        pair.send(wire.encode(wire.Born(wire.VERSION, build())))
        return _Nursery(pair, serve).run()


class _Nursery:
    def __init__(self, pair: socket.socket, serve: Serve) -> None:
        self._pair = pair
        self._serve = serve
        self._children: dict[int, int] = {}  # pidfd -> pid
        self._poll = select.poll()
        self._poll.register(pair, select.POLLIN)

    def run(self) -> int:
        while True:
            for fd, _ in self._poll.poll():
                if fd in self._children:
                    self._reap(fd)
                elif not self._fork():
                    return 0

    def _fork(self) -> bool:
        request, fds, _, _ = socket.recv_fds(self._pair, wire.MAX_ZYGOTE_BYTES, wire.FORK_FDS)
        if not request:
            return False
        arguments = list(wire.decode_fork(request).arguments)
        parent = os.getpid()
        try:
            pid = _fork(fds)
        except OSError as error:  # no death of those that live
            _close(fds)
            self._pair.send(wire.encode(wire.NotForked(error.errno or errno.EAGAIN)))
            return True
        if pid == 0:
            self._be_worker(parent, arguments, fds)
        _close(fds)
        pidfd = os.pidfd_open(pid)  # nobody else reaps it: the number is certainly still its own
        self._children[pidfd] = pid
        self._poll.register(pidfd, select.POLLIN)
        socket.send_fds(self._pair, [wire.encode(wire.Forked(pid))], [pidfd])
        return True

    def _be_worker(self, parent: int, arguments: list[str], fds: list[int]) -> NoReturn:
        code = CRASHED
        try:
            serve.tell_only_where()
            sandbox.die_with_parent(parent)
            os.setsid()
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # from outside: no exception in whoever is at work
            page, dump, errors = fds
            os.dup2(errors, 2)
            os.close(errors)
            self._pair.close()
            for pidfd in self._children:
                os.close(pidfd)
            code = self._serve([*arguments, f"--page-fd={page}", f"--dump-fd={dump}"])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else CRASHED
        except BaseException:  # noqa: BLE001 - the last edge of the process
            give_up()
        finally:
            os._exit(code)  # whatever failed: never on into the zygote's own work

    def _reap(self, pidfd: int) -> None:
        pid = self._children.pop(pidfd)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        _, status, usage = os.wait4(pid, 0)
        self._pair.send(wire.encode(wire.Ended(pid, os.waitstatus_to_exitcode(status), usage.ru_maxrss)))


def _fork(fds: list[int]) -> int:
    """Raise `OSError` for want of a process, of memory, or of room for the descriptors that came."""
    if len(fds) < wire.FORK_FDS:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    return os.fork()


def _close(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)
