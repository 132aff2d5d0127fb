"""Lines to checked addresses: the one way out of the worker, for HTTP and SMTP alike.

A name is looked up once; the connection goes to the numeric address that was checked, whatever the name says next.
"""

import socket
import ssl
from collections.abc import Sequence
from functools import cached_property
from ipaddress import ip_address
from itertools import zip_longest
from time import monotonic
from typing import Final

from workers.probe.address import is_public
from workers.probe.outcome import OUR_SHORTAGES, NoReply
from workers.probe.outgoing import Origin
from workers.probe.resolve import Resolver
from workers.probe.sockets import TimedSocket, TimedTLSSocket
from workers.probe.timings import Timings, since
from workers.verdict import Trouble

_ADDRESSES_MAX: Final = 4  # tried for one connection, each with its share of the time


class Dialer:
    """For all threads. `tls` becomes its own; `within` bounds one connection, its handshake included, in seconds."""

    def __init__(self, resolver: Resolver, tls: ssl.SSLContext, *, within: float, allow_private: bool) -> None:
        self._resolver = resolver
        self._tls = tls
        self._tls.sslsocket_class = TimedTLSSocket
        self._within = within
        self._allow_private = allow_private

    def dial(self, origin: Origin, *, deadline: float, timings: Timings) -> TimedSocket:
        """A line to the first address that accepts; TLS where the origin's scheme says so. Raise `NoReply`."""
        started = monotonic()
        addresses = self._addresses(origin.host, deadline)
        timings.resolve = since(started)
        started = monotonic()
        until = min(started + self._within, deadline)
        sock = _reach(_by_turns(addresses)[:_ADDRESSES_MAX], origin.port, until, deadline)
        timings.connect = since(started)
        match origin.scheme:
            case "https":
                return _secured(sock, self._tls, origin.host, until, deadline, timings)
            case "smtps":
                return _secured(sock, self._mail_tls, origin.host, until, deadline, timings)
            case _:
                return sock

    def secure(self, line: TimedSocket, host: str, *, deadline: float, timings: Timings) -> TimedSocket:
        """The same line over TLS after SMTP's STARTTLS. Raise `NoReply`; the line is closed then."""
        until = min(monotonic() + self._within, deadline)
        return _secured(line, self._mail_tls, host, until, deadline, timings)

    def close(self) -> None:
        self._resolver.close()

    def _addresses(self, host: str, deadline: float) -> tuple[str, ...]:
        if monotonic() >= deadline:
            raise NoReply(Trouble.TIMEOUT)
        found = _literal(host) or self._resolver.addresses(host, deadline=deadline)
        if isinstance(found, Trouble):
            raise NoReply(found)
        if not found:
            raise NoReply(Trouble.RESOLVE)
        permitted = found if self._allow_private else tuple(filter(is_public, found))
        if not permitted:
            raise NoReply(Trouble.FORBIDDEN_ADDRESS)
        return permitted

    @cached_property
    def _mail_tls(self) -> ssl.SSLContext:
        """Who is trusted is the same, but no ALPN: Exim ends a handshake that offers only http/1.1 (its `tls_alpn`)."""
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        own.minimum_version = self._tls.minimum_version
        own.verify_flags = self._tls.verify_flags
        trusted = self._tls.get_ca_certs(binary_form=True)
        if trusted:
            own.load_verify_locations(cadata=b"".join(trusted))
        else:
            own.set_default_verify_paths()  # a directory that is read at handshakes
        own.sslsocket_class = TimedTLSSocket
        return own


def _literal(host: str) -> tuple[str, ...]:
    try:
        return (str(ip_address(host)),)
    except ValueError:
        return ()


def _by_turns(addresses: Sequence[str]) -> list[str]:
    """The families by turns, the preferred one first (RFC 8305 section 4): a host may have lost one of them."""
    first = [address for address in addresses if (":" in address) is (":" in addresses[0])]
    second = [address for address in addresses if (":" in address) is not (":" in addresses[0])]
    pairs = zip_longest(first, second)
    return [address for pair in pairs for address in pair if address is not None]


def _reach(addresses: Sequence[str], port: int, until: float, deadline: float) -> TimedSocket:
    for index, address in enumerate(addresses):
        share = (until - monotonic()) / (len(addresses) - index)
        if share <= 0:
            break
        try:
            return _connect(address, port, share)
        except OSError as error:
            if error.errno in OUR_SHORTAGES:
                raise NoReply(Trouble.LOCAL) from None
    raise NoReply(Trouble.TIMEOUT if monotonic() >= deadline else Trouble.CONNECT)


def _connect(address: str, port: int, within: float) -> TimedSocket:
    sock = TimedSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(within)
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock


def _secured(
    sock: TimedSocket, tls: ssl.SSLContext, name: str, until: float, deadline: float, timings: Timings
) -> TimedSocket:
    started = monotonic()
    try:
        sock.settimeout(max(until - started, 0.001))
        secured = tls.wrap_socket(sock, server_hostname=name)
    except (OSError, ValueError):
        sock.close()
        raise NoReply(Trouble.TIMEOUT if monotonic() >= deadline else Trouble.TLS) from None
    assert isinstance(secured, TimedSocket)
    timings.tls = since(started)
    return secured
