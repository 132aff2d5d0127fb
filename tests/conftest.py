"""Fixtures that everyone shares: one PostgreSQL for the run, a fresh database for each test that asks."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers.database import Databases, load_backend, running_server
from tests.helpers.outage import cluster, troubled
from tests.helpers.system_fixtures import market, short_dir, system

__all__ = ["cluster", "market", "short_dir", "system", "troubled"]

# A shell makes what it runs in its background deaf to this signal, and every process we start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A change is not refused for what it did not touch, nor for a slow machine: each test draws what its own text says.
# `--hypothesis-profile=explore` draws anew.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("explore"), derandomize=True, database=None)
settings.load_profile("same")


@pytest.fixture(scope="session")
def server() -> Iterator[Databases]:
    with running_server() as databases:
        yield databases


@pytest.fixture
def clone(server: Databases) -> Iterator[Callable[[str], str]]:
    """`clone(template)`: the conninfo of a fresh copy; `server.template(name, fill)` makes a template."""
    with ExitStack() as stack:
        yield lambda template: stack.enter_context(server.database(template))


@pytest.fixture
def empty_database(server: Databases) -> Iterator[str]:
    with server.database() as conninfo:
        yield conninfo


@pytest.fixture
def backend_database(server: Databases, clone: Callable[[str], str]) -> str:
    """The existing backend's database, without a row."""
    return clone(server.template("backend", load_backend))
