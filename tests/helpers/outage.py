"""`run` beside a PostgreSQL that may be hurt, with users enough that a trouble comes in the middle of them.

The fixtures are imported by conftest; the server is a module's own.
"""

import pytest

from tests.helpers.cluster import own_cluster
from tests.helpers.system import Running, System

USERS = 24
LEASES = "select count(*) from healthsup.checks where leased_by is not null"


@pytest.fixture(scope="module")
def cluster():
    with own_cluster() as made:
        yield made


@pytest.fixture
def troubled(cluster, market, short_dir):
    """A system with its users in a database of that server."""
    with cluster.system(market, short_dir) as made:
        fill(made)
        yield made


def fill(system: System, word: str = "slow-120ms") -> None:
    system.configure(worker={"window": 2}, database={"dsn": system.dsn, "pool_timeout": 1})
    for user in system.tenants.users(USERS):
        system.openai(user, word)


def asked(system: System) -> list[int]:
    return [seen.times for seen in system.market.ledger() if seen.api == "openai"]


def complete(system: System, running: Running, *, lost: int | None = 1) -> None:
    """Everybody is checked once, stored once; the trouble was told once; the same supervisor ends well."""
    assert running.wait("pass.finished", within=60)["checks"] == USERS
    told = len(running.all("database.lost"))
    assert told == len(running.all("database.back"))
    assert lost in (told, None)
    assert running.stop() == 0
    assert {one["pid"] for one in running.all("supervisor.stopped")} == {running.process.pid}
    assert not running.all("worker.died")
    assert list(system.statuses().values()) == ["healthy"] * USERS
    history = 'select count(*), count(distinct "userId") from api_status_history'
    assert system.tenants.rows(history) == [(USERS, USERS)]
    assert asked(system) == [1] * USERS
    assert system.tenants.value(LEASES) == 0
