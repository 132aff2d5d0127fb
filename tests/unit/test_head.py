"""The head of a reply is read as `http.client` reads it, where it is one."""

import contextlib
import http.client
import io
import time

import pytest

from workers.probe.connection import Connection
from workers.probe.head import read_head

WHOLE = [
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n",
    "HTTP/1.1 200\r\nX: 1\r\n\r\n",
    "HTTP/1.0 404 Not Found\r\nContent-Length: 3\r\n\r\n",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n",
    "HTTP/1.1 100 Continue\r\nX-A: 1\r\n\r\nHTTP/1.1 201 Created\r\nX-B: 2\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
    "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 999 Odd\nX-Bare:newline\nX-Empty:\n\n",
    "HTTP/1.1 200 OK\r\nX-Twice: 1\r\nX-Twice: 2\r\nX-Latin: \xe9\r\n\r\n",
]
NO_HEADS = [
    "",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/2 200 OK\r\n\r\n",
    "ICY 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\n folded: before any\r\n\r\n",
    "HTTP/1.1 200 OK\r\nno header at all\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nName : space\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\rContent-Length: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\n" + "X: 1\r\n" * 101 + "\r\n",
    "HTTP/1.1 200 OK\r\nX: 1\r\n" + " 1\r\n" * 100 + "\r\n",
    "HTTP/1.1 200 OK\r\nX: " + "a" * 65_536 + "\r\n\r\n",
]
BODY = "2\r\nxx\r\n0\r\n\r\n"  # in chunks, or as it stands


class Sock:
    def __init__(self, text: str) -> None:
        self._data = text.encode("latin-1")

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(self._data))


def begun(kind, text: str, method: str):
    response = kind(Sock(text + BODY), method=method)
    response.begin()
    return response


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_head_says_what_it_says_to_the_standard_library(text, method) -> None:
    ours, theirs = begun(Connection.response_class, text, method), begun(http.client.HTTPResponse, text, method)
    for fact in ("status", "version", "length", "will_close"):
        assert getattr(ours, fact) == getattr(theirs, fact), fact
    assert ours.msg.items() == theirs.msg.items()
    assert ours.read() == theirs.read()


@pytest.mark.parametrize("text", NO_HEADS)
def test_what_is_no_head_is_refused_as_a_whole(text) -> None:
    with pytest.raises(http.client.HTTPException):
        read_head(io.BytesIO(text.encode("latin-1")))


def test_a_folded_header_is_one_line() -> None:
    """RFC 9112 section 5.2."""
    head = read_head(io.BytesIO(b"HTTP/1.1 200 OK\r\nX: a\r\n\t b\r\nY: c\r\n\r\n"))
    assert head.fields == {"x": "a b", "y": "c"}


@pytest.mark.parametrize("said", ["2, 2", "2,2\r\nContent-Length: 2", "2\r\nX: 1\r\ncontent-length: 2"])
def test_a_length_that_is_told_twice_is_that_length(said) -> None:
    """RFC 9110 section 8.6."""
    reply = begun(Connection.response_class, f"HTTP/1.1 200 OK\r\nContent-Length: {said}\r\n\r\n", "GET")
    assert (reply.length, reply.will_close, reply.read()) == (2, False, b"2\r")


@pytest.mark.parametrize("said", ["-1", "many", "", "2, 3", "2\r\nContent-Length: 3", "2,", "\xb2", "9" * 5000])
def test_a_length_that_is_none_is_refused(said) -> None:
    with pytest.raises(http.client.HTTPException):
        begun(Connection.response_class, f"HTTP/1.1 200 OK\r\nContent-Length: {said}\r\n\r\n", "GET")


@pytest.mark.parametrize(
    ("head", "closing"),
    [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", False),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3", True),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: many", True),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked", True),
        ("HTTP/1.1 200 OK\r\nConnection: x-kept\r\nConnection: close\r\nContent-Length: 2", True),
    ],
)
def test_a_connection_is_not_kept_where_the_end_of_a_reply_may_be_read_in_two_ways(head, closing) -> None:
    reply = begun(Connection.response_class, f"{head}\r\n\r\n", "GET")
    assert (reply.will_close, reply.read()) == (closing, b"xx" if reply.chunked else b"2\r")


@pytest.mark.parametrize(("interim", "status"), [(100, 200), (102, 200), (103, 200), (199, 200), (101, 101)])
def test_an_interim_reply_but_for_another_protocol_is_passed_over(interim, status) -> None:
    head = f"HTTP/1.1 {interim} Wait\r\nLink: <a>\r\n\r\n"
    assert read_head(io.BytesIO(f"{head * 2}HTTP/1.1 200 OK\r\n\r\n".encode())).status == status


@pytest.mark.parametrize("value", ["a" + " " * 65_000 + "b", " " * 65_000 + "\0"], ids=["blanks within", "no match"])
def test_a_long_header_is_read_in_time_that_grows_with_its_length_alone(value) -> None:
    """A pattern that tries each split of the blanks holds the interpreter for minutes: here, of other checks too."""
    began = time.thread_time()
    with contextlib.suppress(http.client.HTTPException):
        read_head(io.BytesIO(f"HTTP/1.1 200 OK\r\nX: {value}\r\n\r\n".encode("latin-1")))
    assert time.thread_time() - began < 1
