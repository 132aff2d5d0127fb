"""A probe of a server that behaves: what is sent, what comes back, and how connections are shared."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.helpers.misbehave import answering, saying, serving
from tests.helpers.probing import ask, probing
from tests.helpers.tls import authority
from workers.secret import Secret
from workers.verdict import Failure, Reply, Trouble
from workers.wire import Phase


@contextmanager
def behaving(handler=None, **how):
    with serving(handler or answering(), **how) as server, probing() as prober:
        yield server, prober


def test_a_reply_is_brought_back_whole() -> None:
    with behaving(answering(b'{"ok":1}', headers=("X-Kind: A",))) as (server, prober):
        reply = ask(prober, server.url())
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (200, b'{"ok":1}')
    assert dict(reply.headers) == {"content-length": "8", "x-kind": "A"}


def test_the_request_carries_our_headers_and_the_providers_over_them() -> None:
    with behaving() as (server, prober):
        ask(prober, server.url("/v1?a=b"), headers={"authorization": Secret("Bearer s3"), "ACCEPT": "text/plain"})
    head = server.requests[0].decode().split("\r\n")
    assert head[0] == "GET /v1?a=b HTTP/1.1"
    assert sorted(head[1:-2]) == [
        "Accept-Encoding: gzip",
        "Accept: text/plain",
        "Authorization: Bearer s3",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: healthsup/1",
    ]


def test_a_query_is_appended_percent_encoded() -> None:
    with behaving() as (server, prober):
        ask(prober, server.url("/x?k=1"), query={"key": Secret("a&b=c d\r\né/"), "n": "2"})
        ask(prober, server.url("/x"), query={"key": Secret("v")})
    assert server.requests[0].startswith(b"GET /x?k=1&key=a%26b%3Dc%20d%0D%0A%C3%A9%2F&n=2 HTTP/1.1\r\n")
    assert server.requests[1].startswith(b"GET /x?key=v HTTP/1.1\r\n")


def test_a_body_is_sent_as_it_is() -> None:
    with behaving() as (server, prober):
        ask(prober, server.url(), method="POST", body=Secret("grant=é"))
    assert b"\r\nContent-Length: 8\r\n" in server.requests[0]
    assert server.requests[0].endswith("\r\n\r\ngrant=é".encode())


@pytest.mark.parametrize(
    "request_of_a_tenant",
    [
        {"headers": {"Authorization": Secret("Bearer x\r\nX-Evil: 1")}},
        {"headers": {"Authorization": Secret("Bearer x\n")}},
        {"headers": {"Authorization": Secret("Bearer \x00")}},
        {"headers": {"Authorization": Secret("Bearer \tx")}},
        {"headers": {"Authorization": Secret("Bearer \x85x")}},
        {"headers": {"Authorization": Secret("Bearer €")}},
        {"headers": {"X: y\r\nX-Evil": "1"}},
        {"body": Secret("lone \ud800 surrogate")},
        {"query": {"q": Secret("lone \ud800 surrogate")}},
        {"method": "GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET"},
    ],
)
def test_a_field_that_would_bend_the_request_is_refused_unsent(request_of_a_tenant) -> None:
    with behaving() as (server, prober):
        assert ask(prober, server.url(), **request_of_a_tenant) == Failure(Trouble.BAD_REQUEST)
    assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/a\r\nX-Evil: 1",
        "http://127.0.0.1:{port}/a\tb",
        "http://127.0.0.1:{port}/a b",
        "http://127.0.0.1:{port}/é",
        "http://user@127.0.0.1:{port}/",
        "http://shop.example\\@127.0.0.1:{port}/",
        "http://a..example:{port}/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://[fe80::1%25lo]:{port}/",
        "http:///path",
        "ftp://127.0.0.1:{port}/",
        "/relative",
        "",
    ],
)
def test_a_url_that_is_not_plain_http_is_refused(url) -> None:
    with behaving() as (server, prober):
        assert ask(prober, url.format(port=server.port)) == Failure(Trouble.BAD_REQUEST)
    assert server.connections == 0


def test_a_redirect_is_a_reply_and_not_followed() -> None:
    with serving(answering()) as elsewhere:
        moved = answering(b"", status="302 Found", headers=(f"Location: {elsewhere.url()}",))
        with behaving(moved) as (server, prober):
            reply = ask(prober, server.url())
    assert isinstance(reply, Reply)
    assert (reply.status, reply.headers["location"], elsewhere.connections) == (302, elsewhere.url(), 0)


def test_a_base_url_replaces_the_origin_of_every_request_of_its_provider() -> None:
    with serving(answering()) as server, probing(base_urls={"ebay": server.url("")}) as prober:
        reply = ask(prober, "https://api.ebay.com:8443/sell/v1?limit=1", api="ebay")
    assert isinstance(reply, Reply)
    assert server.requests[0].startswith(b"GET /sell/v1?limit=1 HTTP/1.1\r\n")


def test_the_phases_are_stamped_before_each_is_entered() -> None:
    stamps: list[Phase] = []
    with behaving() as (server, prober):
        ask(prober, server.url(), stamps=stamps)
    assert stamps == [Phase.CONNECT, Phase.PROBE]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_one_connection_serves_the_tenants_one_after_the_other(tls) -> None:
    with behaving(tls=authority().server("127.0.0.1") if tls else None) as (server, prober):
        for tenant in range(20):
            assert isinstance(ask(prober, server.url(), headers={"Authorization": Secret(f"t{tenant}")}), Reply)
    assert (server.connections, len(server.requests)) == (1, 20)
    assert [b": t%d\r\n" % n in request for n, request in enumerate(server.requests)] == [True] * 20


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_sixty_four_threads_get_their_own_answers_over_as_many_connections_at_most(tls) -> None:
    def echo(peer) -> None:
        while request := peer.request():
            peer.reply(request.split(b" ")[1])

    start = threading.Barrier(64)
    with behaving(echo, tls=authority().server("127.0.0.1") if tls else None) as (server, prober):

        def tenant(number: int) -> list[bool]:
            start.wait(10)
            replies = [(path, ask(prober, server.url(path))) for path in (f"/{number}/{n}" for n in range(10))]
            return [isinstance(reply, Reply) and reply.body == path.encode() for path, reply in replies]

        with ThreadPoolExecutor(64) as threads:
            answers = [right for answers in threads.map(tenant, range(64)) for right in answers]
    assert answers == [True] * 640
    assert server.connections <= 64


def test_idle_connections_are_bounded_over_all_providers() -> None:
    with serving(answering()) as one, serving(answering()) as two, probing(pool_size=1) as prober:
        for _ in range(3):
            ask(prober, one.url())
            ask(prober, two.url())
    assert (one.connections, two.connections) == (3, 3)


@pytest.mark.parametrize(
    ("head", "connections"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", 2),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 2),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", 2),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 1),
    ],
)
def test_a_connection_is_kept_only_where_the_reply_leaves_it_open(head, connections) -> None:
    def handler(peer) -> None:
        while peer.request():
            peer.send(head)

    with behaving(handler) as (server, prober):
        for _ in range(2):
            assert isinstance(ask(prober, server.url()), Reply)
    assert server.connections == connections


def test_an_interim_reply_is_passed_over() -> None:
    with behaving(saying(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\r\nbody")) as (server, prober):
        reply = ask(prober, server.url())
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (201, b"body")


def test_headers_are_bounded_and_doubled_ones_joined() -> None:
    many = tuple(f"X-{n}: {n}" for n in range(80))
    handler = answering(headers=("Retry-After: 1", "Retry-After: 2", "X-Long: " + "v" * 5000, *many))
    with behaving(handler) as (server, prober):
        reply = ask(prober, server.url())
    assert isinstance(reply, Reply)
    assert reply.headers["retry-after"] == "1, 2"
    assert (len(reply.headers), len(reply.headers["x-long"])) == (64, 1024)


def test_nothing_of_an_exchange_reaches_a_log(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    odd = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"  # urllib3 warns
    with behaving(saying(odd)) as (server, prober):
        assert isinstance(ask(prober, server.url(), query={"key": Secret("s3")}), Reply)
    assert caplog.records == []
