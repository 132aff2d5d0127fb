"""A prober with the settings of a test, and one request through it."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from tests.helpers.tls import authority
from workers.probe import Prober
from workers.provider import Request
from workers.verdict import Failure, Reply


@contextmanager
def probing(**settings) -> Iterator[Prober]:
    """A prober that may reach loopback and trusts the test authority, closed at the end."""
    usual = {
        "connect_timeout": 5.0,
        "total_timeout": 15.0,
        "max_body_bytes": 4096,
        "allow_private": True,
        "base_urls": {},
        "pool_size": 64,
        "ssl_context": authority().client(),
    }
    prober = Prober(**usual | settings)
    try:
        yield prober
    finally:
        prober.close()


def ask(
    prober: Prober, url: str, *, within: float = 5.0, api: str = "stripe", stamps=None, **request
) -> Reply | Failure:
    """One exchange; `stamps` is a list for the phases."""
    stamp = (lambda _phase: None) if stamps is None else stamps.append
    asked = Request(request.pop("method", "GET"), url, **request)
    return prober.exchange(asked, api=api, deadline=monotonic() + within, stamp=stamp)
