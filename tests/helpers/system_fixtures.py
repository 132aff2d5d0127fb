"""Fixtures around `System`; imported by conftest."""

import shutil
import tempfile
from pathlib import Path

import pytest

from supervisor.standin import StandIn
from tests.helpers.system import System
from tests.helpers.tenants import as_role, load_backend_with_role


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
    conninfo = clone(server.template("backend_role", load_backend_with_role))
    made = System(conninfo, market, short_dir, as_role(conninfo))
    done = made.command("migrate")
    assert done.returncode == 0, done.stderr
    yield made
    made.tenants.connection.close()
