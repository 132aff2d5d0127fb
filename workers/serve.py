"""The worker's life: read the key, say hello, take the setup over, then feed the places until told to stop."""

import argparse
import contextlib
import faulthandler
import os
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Final

from workers import sandbox, wire
from workers.budget import Budgets
from workers.channel import Channel
from workers.declared import provider_of
from workers.flight import Page
from workers.look import Look
from workers.loop import Window
from workers.probe import NoTrustedCAError, Prober, tls_context
from workers.program import build
from workers.vault import NoKey, Vault, read_key

_NO_KEY: Final = 78
_HOUSEKEEPING_S: Final = 1.0
_WORDS_BEFORE_S: Final = 0.2
_USUAL_PORTS: Final = (443, 53)
_USUAL_MEMORY_MIB: Final = 2048


def check_key(argv: list[str]) -> int:
    """Say whether a usable key can be read: 0, or 78 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m workers check-key")
    parser.add_argument("--key-file", type=Path)
    try:
        read_key(parser.parse_args(argv).key_file, os.environ)
    except NoKey as error:
        sys.stderr.write(f"{error}\n")
        return _NO_KEY
    return 0


def prepared() -> ssl.SSLContext | None:
    """What a zygote does once for all its workers; its TLS context, None where there is no CA to trust."""
    build()  # a confined worker reads no program
    sandbox.load_ahead()
    with contextlib.suppress(NoTrustedCAError):
        return tls_context()
    return None


def tell_only_where() -> None:
    """From now on this process tells of an exception that nobody expected its type and place, and nothing it says."""
    sys.excepthook = _say_where_not_what
    threading.excepthook = lambda args: _say_where_not_what(args.exc_type, args.exc_value, args.exc_traceback)


def main(argv: list[str], context: ssl.SSLContext | None = None) -> int:
    """Run as the worker; the arguments hold no secret. Ends with 0 after a stop, 78 without a key or a CA."""
    given = _arguments(argv)
    sandbox.name(f"hs-worker-{given.generation}", f"healthsup: worker {given.generation}")
    confinement = sandbox.close_in() + sandbox.close_descriptors((0, 1, 2, given.page_fd, given.dump_fd))
    faulthandler.enable(file=given.dump_fd, all_threads=False)
    page = Page(given.page_fd, given.places)
    try:
        material = read_key(given.key_file, os.environ)
        context = context or tls_context()
    except (NoKey, NoTrustedCAError) as error:
        sys.stderr.write(f"{error}\n")
        return _NO_KEY
    for name in ("ENCRYPTION_KEY", "JWT_SECRET", "ENCRYPTION_SALT"):
        os.environ.pop(name, None)
    build()
    memory = _Memory()
    if given.sandbox != "off":
        confinement += sandbox.confine(ports=given.ports, memory_mib=given.memory_mib)
    with Channel(given.endpoint, given.identity, given.generation) as channel:
        channel.send(wire.Hello(wire.VERSION, given.generation, os.getpid(), build()))
        setup = _await_setup(channel)
        if setup is not None:
            vault = Vault(material, crypto_concurrency=setup.crypto_concurrency)
            budgets = Budgets(vault.pseudonym)
            window = _window(setup, vault, budgets, context, page, channel)
            window.rehearse()
            if given.sandbox != "off":
                confinement += sandbox.forbid_unix_sockets()
            channel.send(wire.Ready(given.generation, confinement))
            _serve(channel, window, budgets, _Vitals(page, memory, given.dump_fd), setup.check_deadline)
    return 0


def _window(
    setup: wire.Setup, vault: Vault, budgets: Budgets, context: ssl.SSLContext, page: Page, channel: Channel
) -> Window:
    prober = Prober(
        connect_timeout=setup.connect_timeout,
        total_timeout=setup.total_timeout,
        max_body_bytes=setup.max_body_bytes,
        allow_private=setup.allow_private,
        base_urls=setup.base_urls,
        ssl_context=context,
        pool_size=setup.window,
    )
    own = {one.name: provider_of(one) for one in setup.own}
    look = Look(vault, prober, budgets, setup.total_timeout, own)
    return Window(places=setup.window, vault=vault, prober=prober, page=page, look=look, post=channel.post)


class _Vitals:
    """Signs of life that others read: memory and beat in the page, last words in the dump."""

    def __init__(self, page: Page, memory: "_Memory", dump_fd: int) -> None:
        self._page = page
        self._memory = memory
        self._dump_fd = dump_fd

    def show(self, now: float, oldest: float, deadline: float) -> None:
        self._page.report_rss(self._memory.resident_kib())
        self._page.beat(now)
        _arm_last_words(oldest, now, deadline, self._dump_fd)


def _serve(channel: Channel, window: Window, budgets: Budgets, vitals: _Vitals, deadline: float) -> None:
    draining = False
    reported_at = 0.0
    while not draining or window.busy:
        now = time.monotonic()
        if now - reported_at >= _HOUSEKEEPING_S:
            vitals.show(now, window.oldest(now), deadline)
            reported_at = now
        frame = channel.wait(0.02 if draining else _HOUSEKEEPING_S)
        match None if frame is None else wire.decode_for_worker(frame):
            case wire.Jobs(jobs=jobs):
                for job in jobs:
                    channel.owed += len(job.checks)
                    window.put(job)
            case wire.Budgets(budgets=kept):
                budgets.restore(kept)
            case wire.Stop() if not draining:
                draining = True
                window.drain()
            case _:
                pass


def _arm_last_words(oldest: float, now: float, deadline: float, dump_fd: int) -> None:
    """Let the fault handler write every stack shortly before the supervisor kills us for a check that hangs.

    Its own thread needs no interpreter lock. Armed anew each second, from the check that is at work longest: while
    this thread runs nothing hangs, so it fires only in the last second before a deadline. Not earlier, because
    walking the frames of running threads can itself crash.
    """
    within = oldest + deadline - _WORDS_BEFORE_S - now
    with contextlib.suppress(RuntimeError):  # the kernel gives no thread: no reason to die, only to die in silence
        faulthandler.dump_traceback_later(max(0.05, within), file=dump_fd)


def _await_setup(channel: Channel) -> wire.Setup | None:
    while True:
        frame = channel.wait(60.0)
        match None if frame is None else wire.decode_for_worker(frame):
            case wire.Setup() as setup:
                return setup
            case wire.Stop():
                return None
            case _:
                continue


class _Memory:
    """Its own statm, opened while it still can be."""

    def __init__(self) -> None:
        self._fd = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def resident_kib(self) -> int:
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(os.pread(self._fd, 128, 0).split()[1]) * os.sysconf("SC_PAGESIZE") // 1024
        return 0


def _say_where_not_what(kind: type[BaseException], _: BaseException | None, trace: object) -> None:
    """An unexpected exception by type and place; its text could quote a secret."""
    where = getattr(trace, "tb_frame", None)
    while trace is not None and getattr(trace, "tb_next", None) is not None:
        trace = getattr(trace, "tb_next", None)
        where = getattr(trace, "tb_frame", None)
    name = where.f_code.co_qualname if where else "unknown"
    sys.stderr.write(f"unexpected {kind.__name__} in {name}, line {getattr(trace, 'tb_lineno', 0)}\n")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m workers serve")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--identity", required=True)
    parser.add_argument("--generation", type=int, required=True)
    parser.add_argument("--places", type=int, required=True)
    parser.add_argument("--page-fd", type=int, required=True)
    parser.add_argument("--dump-fd", type=int, required=True)
    parser.add_argument("--key-file", type=Path)
    parser.add_argument("--sandbox", choices=("auto", "off"), default="auto")
    parser.add_argument("--ports", type=_ports, default=_USUAL_PORTS)
    parser.add_argument("--memory-mib", type=int, default=_USUAL_MEMORY_MIB)
    return parser.parse_args(argv)


def _ports(text: str) -> tuple[int, ...]:
    return tuple(int(port) for port in text.split(","))
