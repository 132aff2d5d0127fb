"""Sockets that keep to a deadline and to a number of bytes, plain and TLS.

A socket's own timeout starts anew with every recv: a server that sends one byte a second never runs into it.
Here each call gets the time that is left. The byte allowance bounds whatever a reader above would collect
without end: endless headers or trailers, interim replies, a chunk of size -1 (read to the end by `http.client`).
"""

import os
import re
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


class AllowanceSpentError(OSError):
    """More bytes came than this part of the reply may have."""


class TimedSocket(socket.socket):
    """`deadline` is a `monotonic()` value; `received` counts bytes since `begin`; `ended`: EOF was seen."""

    deadline = 0.0
    allowance = 0
    received = 0
    ended = False

    def begin(self, *, deadline: float, allowance: int) -> None:
        """Start a new exchange."""
        self.deadline, self.allowance = deadline, allowance
        self.received, self.ended = 0, False

    def is_quiet(self) -> bool:
        """Whether an idle connection is still open and nothing came unasked. TLS tickets do not count."""
        try:
            self.settimeout(0)
            self.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        if self.allowance <= 0:
            raise AllowanceSpentError
        self._set_timeout()
        count = super().recv_into(buffer, nbytes or 0, flags)
        self.received += count
        self.allowance -= count
        self.ended = count == 0
        return count

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        self._set_timeout()  # TLS: one record of a longer sendall
        return super().send(data, flags)

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        self._set_timeout()  # plain: the system's loop keeps to it as a whole
        super().sendall(data, flags)

    def _set_timeout(self) -> None:
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)


class TimedTLSSocket(TimedSocket, ssl.SSLSocket):
    """Over TLS: made by `SSLContext.wrap_socket`, whose handshake keeps to the timeout as a whole."""


class NoTrustedCAError(RuntimeError):
    """The system has no CA certificates: every provider would look as if its TLS were broken."""

    def __init__(self) -> None:
        super().__init__("no CA certificates found; install ca-certificates or set SSL_CERT_FILE")


def tls_context() -> ssl.SSLContext:
    """The one context of a worker's life; it costs 26 ms, so call it once. Raise `NoTrustedCAError`.

    SSL_CERT_FILE and SSL_CERT_DIR count as for any Python program. OpenSSL reads a directory at handshakes, which a
    confined worker cannot: what is in it is loaded here.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    found = ssl.get_default_verify_paths()
    if found.capath and ("SSL_CERT_DIR" in os.environ or not context.cert_store_stats()["x509_ca"]):
        loaded = _certificates(Path(found.cafile)) if found.cafile else set()
        beside = {one for file in Path(found.capath).iterdir() if file.is_file() for one in _certificates(file)}
        for certificate in beside - loaded:
            with suppress(ssl.SSLError):  # text that looks like one
                context.load_verify_locations(cadata=certificate)
    if not context.cert_store_stats()["x509_ca"]:
        raise NoTrustedCAError
    return context


def _certificates(file: Path) -> set[str]:
    """What a PEM file holds; comparing text is cheaper than loading the same certificate twice."""
    with suppress(OSError):
        return set(_CERTIFICATE.findall(file.read_text(encoding="ascii", errors="replace")))
    return set()
