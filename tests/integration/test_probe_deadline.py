"""One deadline over the whole exchange, at whatever stage a server is slow."""

import socket
import threading
from contextlib import ExitStack, contextmanager
from time import monotonic

import pytest

from tests.helpers.misbehave import answering, serving
from tests.helpers.probing import ask, probing
from tests.helpers.tls import authority
from workers.secret import Secret
from workers.verdict import Failure, Reply, Trouble

WITHIN = 0.4
SLACK = 6.0  # for a busy machine; every server here would take 10 s and more
OK = b"HTTP/1.1 200 OK\r\n"


def slow_head(start: bytes):
    def handler(peer) -> None:
        peer.request()
        peer.send(start)
        peer.trickle(b"x" * 1000)

    return handler


def slow_interim_replies(peer) -> None:
    peer.request()
    while not peer.server.stop.wait(0.02):
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")


def slow_chunks(peer) -> None:
    peer.request()
    peer.send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while not peer.server.stop.wait(0.02):
        peer.send(b"1\r\nx\r\n")


def silent(peer) -> None:
    peer.request()
    peer.hang()


def cut_off_inside_the_body(peer) -> None:
    peer.request()
    peer.send(OK + b"Content-Length: 10\r\n\r\n12345")
    peer.hang()


SLOW = {
    "no-reply": silent,
    "status-line": slow_head(b"HTTP/1.1 200 "),
    "headers": slow_head(OK + b"X-Slow: "),
    "body": slow_head(OK + b"Content-Length: 1000\r\n\r\n"),
    "body-to-eof": slow_head(OK + b"\r\n"),
    "rest-of-body": cut_off_inside_the_body,
    "chunks": slow_chunks,
    "chunk-size": slow_head(OK + b"Transfer-Encoding: chunked\r\n\r\n5;"),
    "trailers": slow_head(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-T: "),
    "interim": slow_interim_replies,
}


@contextmanager
def ending_in_time():
    started = monotonic()
    yield
    assert WITHIN <= monotonic() - started < SLACK


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("handler", SLOW.values(), ids=SLOW)
def test_a_server_that_is_slow_runs_into_the_deadline(handler, tls) -> None:
    context = authority().server("127.0.0.1") if tls else None
    with serving(handler, tls=context) as server, probing() as prober, ending_in_time():
        assert ask(prober, server.url(), within=WITHIN) == Failure(Trouble.TIMEOUT)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_server_that_does_not_read_runs_into_the_deadline(tls) -> None:
    context = authority().server("127.0.0.1") if tls else None
    huge = Secret("x" * 20_000_000)
    with serving(lambda peer: peer.hang(), tls=context) as server, probing() as prober, ending_in_time():
        assert ask(prober, server.url(), within=WITHIN, method="POST", body=huge) == Failure(Trouble.TIMEOUT)


def trickling_handshake(peer) -> None:
    peer.send(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03")
    peer.trickle(bytes(1000))


@pytest.mark.parametrize("handshake", [lambda peer: peer.hang(), trickling_handshake], ids=["hangs", "trickles"])
def test_a_handshake_that_never_ends_is_bounded_by_both_timeouts(handshake) -> None:
    with ExitStack() as opened:
        server = opened.enter_context(serving(handshake, tls=authority().server("127.0.0.1"), handshake=False))
        with probing() as prober, ending_in_time():
            assert ask(prober, server.url(), within=WITHIN) == Failure(Trouble.TIMEOUT)
        with probing(connect_timeout=WITHIN) as prober, ending_in_time():
            assert ask(prober, server.url(), within=60) == Failure(Trouble.TLS)


@contextmanager
def a_port_that_drops_connections():
    """Its queue of one is full and nobody accepts: further SYNs get no answer."""
    with socket.socket() as listener, ExitStack() as opened:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = opened.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_host_that_does_not_answer_is_bounded_by_both_timeouts() -> None:
    with a_port_that_drops_connections() as url:
        with probing() as prober, ending_in_time():
            assert ask(prober, url, within=WITHIN) == Failure(Trouble.TIMEOUT)
        with probing(connect_timeout=WITHIN) as prober, ending_in_time():
            assert ask(prober, url, within=60) == Failure(Trouble.CONNECT)


def test_the_probers_own_total_bounds_a_longer_deadline() -> None:
    with serving(silent) as server, probing(total_timeout=WITHIN) as prober, ending_in_time():
        assert ask(prober, server.url(), within=60) == Failure(Trouble.TIMEOUT)


def test_a_deadline_that_has_passed_opens_no_connection() -> None:
    with serving(answering()) as server, probing() as prober:
        assert ask(prober, server.url(), within=0) == Failure(Trouble.TIMEOUT)
        assert ask(prober, server.url("/", host="localhost"), within=-1) == Failure(Trouble.TIMEOUT)
    assert server.connections == 0


def test_each_exchange_over_one_connection_has_its_own_deadline() -> None:
    def second_is_slow(peer) -> None:
        peer.request()
        peer.reply()
        peer.request()
        peer.hang()

    with serving(second_is_slow) as server, probing() as prober:
        assert isinstance(ask(prober, server.url(), within=60), Reply)
        with ending_in_time():
            assert ask(prober, server.url(), within=WITHIN) == Failure(Trouble.TIMEOUT)
    assert server.connections == 1


def test_a_name_server_that_hangs_costs_only_those_who_ask_for_its_names() -> None:
    release = threading.Event()

    def resolve(host: str) -> list[str]:
        if host.startswith("dead"):
            release.wait(30)
        return ["127.0.0.1"]

    outcomes: list[object] = []
    with serving(answering()) as server, probing(resolve=resolve) as prober:
        stuck = [
            threading.Thread(target=lambda n=n: outcomes.append(ask(prober, f"http://dead{n}.example/", within=WITHIN)))
            for n in range(8)
        ]
        with ending_in_time():
            for thread in stuck:
                thread.start()
            assert isinstance(ask(prober, server.url(host="alive.example")), Reply)
            for thread in stuck:
                thread.join()
        release.set()
    assert outcomes == [Failure(Trouble.NAMES)] * 8
