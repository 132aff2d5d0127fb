"""Fixtures around `System`; imported by conftest."""

import shutil
import tempfile
from pathlib import Path

import pytest

from supervisor.standin import StandIn
from supervisor.store import Store
from tests.helpers.system import System
from tests.helpers.tenants import as_role, load_backend_with_role


def _load_migrated(conninfo):
    load_backend_with_role(conninfo)
    with Store(as_role(conninfo), schema=None, pool_max=2, pool_timeout=20.0, owner="a test") as store:
        store.migrate()


@pytest.fixture(scope="session")
def market():
    with StandIn() as standin:
        yield standin


@pytest.fixture
def short_dir():
    """A directory whose sockets' paths are short enough."""
    directory = Path(tempfile.mkdtemp(prefix="hs-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def system(server, clone, market, short_dir):
    """Beside an existing backend, by the least-privilege role, migrated."""
    conninfo = clone(server.template("migrated", _load_migrated))
    made = System(conninfo, market, short_dir, as_role(conninfo))
    yield made
    made.tenants.connection.close()
