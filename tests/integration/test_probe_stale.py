"""Connections kept alive that turn out to be dead, and what may not be repeated."""

import threading

import pytest

from tests.helpers.misbehave import serving
from tests.helpers.probing import ask, probing
from tests.helpers.tls import authority
from workers.secret import Secret
from workers.verdict import Failure, Reply, Trouble
from workers.wire import Phase

both = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


def context(tls: bool):
    return authority().server("127.0.0.1") if tls else None


@both
@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_connection_that_dies_with_the_next_request_costs_nothing(tls, end) -> None:
    def dies_on_its_second_request(peer) -> None:
        peer.request()
        peer.reply(b"%d" % peer.number)
        if peer.request() and end == "reset":
            peer.reset()

    stamps: list[Phase] = []
    with serving(dies_on_its_second_request, tls=context(tls)) as server, probing() as prober:
        ask(prober, server.url())
        reply = ask(prober, server.url(), method="POST", body=Secret("grant"), stamps=stamps)
    assert isinstance(reply, Reply)
    assert (reply.body, server.connections, len(server.requests)) == (b"2", 2, 3)
    assert stamps == [Phase.CONNECT, Phase.PROBE, Phase.CONNECT, Phase.PROBE]


@both
def test_a_connection_closed_while_idle_is_not_used_again(tls) -> None:
    closed = threading.Event()

    def one_request(peer) -> None:
        peer.request()
        peer.reply()
        peer.sock.close()
        closed.set()

    with serving(one_request, tls=context(tls)) as server, probing() as prober:
        for _ in range(3):
            closed.clear()
            assert isinstance(ask(prober, server.url()), Reply)
            assert closed.wait(5)
    assert (server.connections, len(server.requests)) == (3, 3)


def test_the_request_is_repeated_only_once() -> None:
    def answers_the_first_alone(peer) -> None:
        if peer.request() and peer.number == 1:
            peer.reply()
            peer.request()

    with serving(answers_the_first_alone) as server, probing() as prober:
        ask(prober, server.url())
        assert ask(prober, server.url()) == Failure(Trouble.RESET)
    assert (server.connections, len(server.requests)) == (2, 3)


def test_a_request_whose_reply_had_begun_is_not_repeated() -> None:
    def breaks_off(peer) -> None:
        peer.request()
        peer.reply()
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n")

    with serving(breaks_off) as server, probing() as prober:
        ask(prober, server.url())
        assert ask(prober, server.url()) == Failure(Trouble.RESET)
    assert (server.connections, len(server.requests)) == (1, 2)


def test_a_fresh_connection_that_breaks_is_not_repeated() -> None:
    with serving(lambda peer: peer.request()) as server, probing() as prober:
        assert ask(prober, server.url()) == Failure(Trouble.RESET)
    assert len(server.requests) == 1


@both
def test_what_a_server_says_unasked_is_never_taken_for_the_next_reply(tls) -> None:
    said = threading.Event()

    def overruns(peer) -> None:
        peer.request()
        peer.reply(b"first")
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
        said.set()
        peer.request()

    with serving(overruns, tls=context(tls)) as server, probing() as prober:
        for _ in range(2):
            said.clear()
            reply = ask(prober, server.url())
            assert said.wait(5)
            assert isinstance(reply, Reply)
            assert reply.body == b"first"


def test_a_connection_that_was_idle_for_long_is_not_trusted(monkeypatch) -> None:
    from workers.probe import connection

    with serving(lambda peer: [peer.reply() for _ in iter(peer.request, b"")]) as server, probing() as prober:
        ask(prober, server.url())
        monkeypatch.setattr(connection, "_IDLE_FOR", -1.0)
        ask(prober, server.url())
    assert server.connections == 2
