"""The body of a reply, decompressed, never more than the cap in memory."""

import zlib
from typing import TYPE_CHECKING, Final

from workers.probe.outcome import NoReply
from workers.verdict import Trouble

if TYPE_CHECKING:
    from urllib3.response import HTTPResponse

_CHUNK_BYTES: Final = 65_536
_ZLIB_OR_GZIP: Final = 32 + zlib.MAX_WBITS
_CODINGS: Final = frozenset({"gzip", "x-gzip", "deflate"})


def read_body(response: "HTTPResponse", max_bytes: int) -> bytes:
    """All of it. Raise `NoReply` if it is too large or in an unasked coding, else whatever urllib3 raises."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in _CODINGS:
        return _inflate(response, max_bytes)
    if coding not in {"", "identity"}:
        raise NoReply(Trouble.MALFORMED)
    if (response.length_remaining or 0) > max_bytes:
        raise NoReply(Trouble.TOO_LARGE)
    body = b""
    while not response.closed:
        body += response.read(min(_CHUNK_BYTES, max_bytes + 1 - len(body)), decode_content=False)
        if len(body) > max_bytes:
            raise NoReply(Trouble.TOO_LARGE)
    return body


def _inflate(response: "HTTPResponse", max_bytes: int) -> bytes:
    stream = zlib.decompressobj(_ZLIB_OR_GZIP)
    body = b""
    seen = False
    while not response.closed:
        chunk = response.read(_CHUNK_BYTES, decode_content=False)
        seen = seen or bool(chunk)
        try:
            body += stream.decompress(chunk, max_bytes + 1 - len(body))
        except zlib.error:
            raise NoReply(Trouble.MALFORMED) from None
        if len(body) > max_bytes:
            raise NoReply(Trouble.TOO_LARGE)
    if seen and not stream.eof:
        raise NoReply(Trouble.MALFORMED)
    return body
