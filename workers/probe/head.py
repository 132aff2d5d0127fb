"""The head of a reply, read line by line; a line that is neither status nor header refuses it all.

`http.client` gives its lines to the parser of e-mail, which knows folding, charsets and attachments: of a whole check
it took a seventh.
"""

import re
from collections.abc import Iterator
from http.client import BadStatusLine, HTTPException, HTTPMessage, IncompleteRead, RemoteDisconnected
from typing import Final, NamedTuple, Protocol

_LINE_BYTES: Final = 65_536
_LINES_MAX: Final = 100
_SWITCHED: Final = 101  # nobody asked for it: what follows is no HTTP
_FIRST_FINAL: Final = 200
_STATUS: Final = re.compile(r"HTTP/1\.([0-9])[ \t]+([1-9][0-9]{2})(?:[ \t][^\r\n]*)?\r?\n?")
_HEADER: Final = re.compile(r"([!-9;-~]+):([^\r\n\0]*)\r?\n?")  # no two parts may match the same: time is the peer's
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class Lines(Protocol):
    def readline(self, limit: int, /) -> bytes: ...


class Head(NamedTuple):
    """`minor`: of version 1. `message` is `http.client`'s; `fields`: by lower-case name, repeated ones joined."""

    minor: int
    status: int
    message: HTTPMessage
    fields: dict[str, str]

    @property
    def chunked(self) -> bool:
        return "transfer-encoding" in self.fields

    @property
    def length(self) -> int | None:
        """Bytes of the body, as far as they are told."""
        told = None if self.chunked else self.fields.get("content-length")
        return None if told is None else _number(told)

    @property
    def closing(self) -> bool:
        """Whether the connection ends with this reply, or two ends may differ on where it does (RFC 9112 section 6)."""
        if self.chunked and (not self.minor or "content-length" in self.fields):
            return True
        said = self.fields.get("connection", "").lower()
        return "close" in said if self.minor else "keep-alive" not in said


def read_head(lines: Lines) -> Head:
    """The final head, behind any interim ones. Raise what `http.client` raises where there is none."""
    while True:
        minor, status = _read_status(lines)
        message, fields = HTTPMessage(), dict[str, str]()
        for name, value in _read_headers(lines):
            message[name] = value
            key = name.lower()
            fields[key] = f"{fields[key]}, {value}" if key in fields else value  # RFC 9110 section 5.3
        if fields.get("transfer-encoding", "chunked").lower() != "chunked":
            raise IncompleteRead(b"")
        if status == _SWITCHED or status >= _FIRST_FINAL:
            return Head(minor, status, message, fields)


def _number(told: str) -> int:
    """A list of one and the same is that one (RFC 9110 section 8.6); by any other the end is not known."""
    found = {one.strip(" \t") for one in told.split(",")}
    number = found.pop()
    if found or _NUMBER.fullmatch(number) is None:
        raise HTTPException("no length")
    return int(number)


def _read_status(lines: Lines) -> tuple[int, int]:
    line = _read_line(lines)
    if not line:
        raise RemoteDisconnected("the connection ended before a reply")
    match = _STATUS.fullmatch(line)
    if match is None:
        raise BadStatusLine("")
    return int(match[1]), int(match[2])


def _read_headers(lines: Lines) -> Iterator[tuple[str, str]]:
    for line in _unfolded(lines):
        match = _HEADER.fullmatch(line)
        if match is None:  # those behind it, the length too, would be lost
            raise IncompleteRead(b"")
        yield match[1], match[2].strip(" \t")


def _unfolded(lines: Lines) -> list[str]:
    found: list[str] = []
    for _ in range(_LINES_MAX + 1):
        line = _read_line(lines)
        if not line.strip("\r\n"):
            return found
        if line[0] in " \t" and found:
            found[-1] = f"{found[-1].rstrip()} {line.lstrip()}"
        else:
            found.append(line)
    raise HTTPException("too many headers")


def _read_line(lines: Lines) -> str:
    line = lines.readline(_LINE_BYTES + 1)
    if len(line) > _LINE_BYTES:
        raise HTTPException("a line of the head is too long")
    return line.decode("iso-8859-1")
