"""What came in and what goes out: one HTTP/1.1 request, one response."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final

_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Request:
    """`headers` by lower-case name; `path` without the query, which is kept as it was sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; `Content-Length` is added when it is written."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def say(status: int, value: object, *headers: tuple[str, str]) -> Response:
    """A JSON answer, as a provider gives it."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Response(status, (("Content-Type", "application/json; charset=utf-8"), *headers), body)


@lru_cache(maxsize=4096)
def framed(response: Response) -> bytes:
    """The bytes of a response on the line."""
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    lines += [f"Content-Length: {len(response.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + response.body


def parsed(head: bytes, body: bytes) -> Request:
    """Read a head (without its empty line). Raise `ValueError` for anything but HTTP/1.1."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, version = first.split(" ")
    if version != "HTTP/1.1":
        raise ValueError("only HTTP/1.1 is spoken here")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body)
