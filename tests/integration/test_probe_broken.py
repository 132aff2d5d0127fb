"""Servers that break off, talk nonsense or send too much: each a trouble of its own, never an exception."""

import gzip
import random
import zlib

import pytest

from tests.helpers.misbehave import answering, nobody_listening, saying, serving
from tests.helpers.probing import ask, probing
from tests.helpers.tls import authority
from workers.secret import Secret
from workers.verdict import Failure, Reply, Trouble

CAP = 4096
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\n\r\n"


def outcome(handler, **how):
    with serving(handler, **how) as server, probing(max_body_bytes=CAP) as prober:
        return ask(prober, server.url())


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    "sent", [b"", b"HTTP/1.1 20", OK + b"X-A: ", OK + b"Content-Length: 9\r\n\r\n1", CHUNKED + b"5\r\n1"]
)
def test_a_reset_at_any_stage_of_a_reply_is_a_reset(sent, tls) -> None:
    def handler(peer) -> None:
        peer.request()
        peer.send(sent)
        peer.reset()

    assert outcome(handler, tls=authority().server("127.0.0.1") if tls else None) == Failure(Trouble.RESET)


@pytest.mark.parametrize(
    "said",
    [b"", OK, OK + b"Content-Le", OK + b"Content-Length: 9\r\n\r\n1", CHUNKED + b"5\r\n1", CHUNKED + b"1\r\n1\r\n"],
)
def test_a_reply_that_ends_too_early_is_a_reset(said) -> None:
    assert outcome(saying(said)) == Failure(Trouble.RESET)


def test_a_reset_before_the_request_is_read_to_its_end_is_a_reset() -> None:
    assert outcome(lambda peer: peer.sock.recv(1) and peer.reset()) == Failure(Trouble.RESET)


def test_a_port_where_nobody_listens_refuses_the_connection() -> None:
    with nobody_listening() as port, probing() as prober:
        assert ask(prober, f"http://127.0.0.1:{port}/") == Failure(Trouble.CONNECT)


@pytest.mark.parametrize(
    "said",
    [
        b"garbage\r\n\r\n",
        b"\x00\xff" * 40_000,
        b"<html>no HTTP at all, as in 0.9</html>",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2OO OK\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 " + b"2" * 70_000 + b"\r\n\r\n",
        OK + b"X: " + b"v" * 70_000 + b"\r\n\r\n",
        OK + b"X: 1\r\n" * 200 + b"\r\n",
        OK + b"no header at all\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"xyz\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"-5\r\n{}\r\n0\r\n\r\n",
        GZIP + b"this is not gzip",
        GZIP + gzip.compress(b"{}")[:-9],
        OK + b"Content-Encoding: br\r\n\r\nbrotli",
        OK + b"Content-Encoding: gzip, gzip\r\n\r\n" + gzip.compress(gzip.compress(b"{}")),
    ],
)
def test_what_is_not_http_is_malformed(said) -> None:
    def handler(peer) -> None:
        peer.request()
        peer.send(said)
        peer.hang() if b"chunked" in said else None

    assert outcome(handler) == Failure(Trouble.MALFORMED)


@pytest.mark.parametrize(
    "unit", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n" + b"X: 1\r\n" * 50 + b"\r\n"]
)
def test_interim_replies_without_end_are_malformed(unit) -> None:
    def handler(peer) -> None:
        peer.request()
        peer.flood(unit)

    assert outcome(handler) == Failure(Trouble.MALFORMED)


FLOODS = {
    "to-eof": (OK + b"\r\n", b"x" * 1000),
    "content-length": (OK + b"Content-Length: 999999999999\r\n\r\n", b"x" * 1000),
    "chunks": (CHUNKED, b"3e8\r\n" + b"x" * 1000 + b"\r\n"),
    "one-huge-chunk": (CHUNKED + b"ffffffffffffffff\r\n", b"x" * 1000),
    "chunk-of-minus-one": (CHUNKED + b"-1\r\n", b"x" * 1000),
    "chunk-extension": (CHUNKED, b"1;" + b"e" * 1000 + b"\r\nx\r\n"),
    "trailers": (CHUNKED + b"0\r\n", b"X: 1\r\n"),
    "gzip-of-nothing": (GZIP + gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff"),
}


@pytest.mark.parametrize(("head", "unit"), FLOODS.values(), ids=FLOODS)
def test_a_body_without_end_is_too_large(head, unit) -> None:
    def handler(peer) -> None:
        peer.request()
        peer.send(head)
        peer.flood(unit)

    assert outcome(handler) == Failure(Trouble.TOO_LARGE)


@pytest.mark.parametrize("coding", ["identity", "gzip", "deflate"])
def test_a_body_of_exactly_the_cap_is_whole_and_one_byte_more_is_too_large(coding) -> None:
    pack = {"identity": bytes, "gzip": gzip.compress, "deflate": zlib.compress}[coding]
    fits = outcome(answering(pack(b"x" * CAP), headers=(f"Content-Encoding: {coding}",)))
    assert isinstance(fits, Reply)
    assert fits.body == b"x" * CAP
    more = answering(pack(b"x" * (CAP + 1)), headers=(f"Content-Encoding: {coding}",))
    assert outcome(more) == Failure(Trouble.TOO_LARGE)


def test_a_gzip_bomb_is_never_unpacked_beyond_the_cap(monkeypatch) -> None:
    from workers.probe import body

    unpacked = []

    class Counting:
        def __init__(self, wbits: int) -> None:
            self._real = zlib.decompressobj(wbits)

        def decompress(self, data: bytes, most: int) -> bytes:
            unpacked.append(len(out := self._real.decompress(data, most)))
            return out

    class Zlib:
        MAX_WBITS, error, decompressobj = zlib.MAX_WBITS, zlib.error, Counting

    monkeypatch.setattr(body, "zlib", Zlib)
    bomb = gzip.compress(bytes(10_000_000))
    assert outcome(answering(bomb, headers=("Content-Encoding: gzip",))) == Failure(Trouble.TOO_LARGE)
    assert sum(unpacked) == CAP + 1


def test_a_chunked_gzip_body_is_put_together() -> None:
    packed = gzip.compress(b'{"a": 1}')
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in packed) + b"0\r\nX-Trailer: 1\r\n\r\n"
    said = OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    reply = outcome(saying(said))
    assert isinstance(reply, Reply)
    assert reply.body == b'{"a": 1}'


def test_an_answer_to_an_upload_that_is_not_read_is_still_heard() -> None:
    def refuse(peer) -> None:
        peer.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")

    with serving(refuse) as server, probing() as prober:
        reply = ask(prober, server.url(), method="POST", body=Secret("x" * 9_000_000))
    assert isinstance(reply, Reply)
    assert reply.status == 413


def test_no_mutilated_reply_raises() -> None:
    seeds = (
        CHUNKED + b"5;a=b\r\nhello\r\n0\r\nX: 1\r\n\r\n",
        OK + b"Content-Type: multipart/mixed; boundary=x\r\nContent-Length: 5\r\nSet-Cookie: a\r\n\r\nhello",
        GZIP + gzip.compress(b"hello"),
    )
    chance = random.Random(20)
    said: list[bytes] = []
    for _ in range(400):
        reply = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(reply))
            reply[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        said.append(bytes(reply))

    def handler(peer) -> None:
        peer.request()
        peer.send(said[peer.number - 1])

    with serving(handler) as server, probing(max_body_bytes=CAP) as prober:
        outcomes = [ask(prober, server.url()) for _ in said]
    assert {type(found) for found in outcomes} == {Reply, Failure}
    assert {found.trouble for found in outcomes if isinstance(found, Failure)} <= {
        Trouble.RESET,
        Trouble.MALFORMED,
        Trouble.TOO_LARGE,
    }
