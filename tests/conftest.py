"""Fixtures that everyone shares: one PostgreSQL for the run, a fresh database for each test that asks."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.helpers.database import Databases, load_backend, running_server
from tests.helpers.outage import cluster, troubled
from tests.helpers.system_fixtures import market, short_dir, system

__all__ = ["cluster", "market", "short_dir", "system", "troubled"]


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
