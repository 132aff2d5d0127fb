"""Behind PgBouncer in transaction mode: no start-up parameters, no state that outlives a transaction."""

from collections.abc import Callable, Iterator

import pytest

from supervisor.errors import Transient
from supervisor.store import connect
from tests.helpers.bouncer import DROPS_OPTIONS, bouncing, needs_pgbouncer
from tests.helpers.database import Databases
from tests.helpers.storing import House, load_migrated, store_at

pytestmark = needs_pgbouncer


@pytest.fixture
def house(server: Databases, clone: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setitem(connect._SETTINGS, "statement_timeout", 2000)
    with House(clone(server.template("migrated", load_migrated))) as house:
        yield house


@pytest.fixture(params=["", DROPS_OPTIONS], ids=["refuses", "drops"])
def pooled(house: House, request: pytest.FixtureRequest) -> Iterator[str]:
    with bouncing(house.conninfo, request.param) as through:
        yield through


@pytest.mark.parametrize("told", [False, True], ids=["found out", "told"])
def test_everything_works_and_keeps_its_time_limits(house: House, pooled: str, *, told: bool) -> None:
    user = house.rows.user("ana")
    house.rows.credential(user, "ebay")
    house.rows.credential(user, "groq", scope="global")
    house.rows.user("ben")
    with store_at(pooled, pooled=told) as store:
        store.migrate()
        claims = house.claim(store=store)
        assert len(store.record(house.outcomes(claims), everything=True).stored) == 2
        assert len(store.fan_out(everything=True) or []) == 1
        assert len(list(store.snapshots())) == 3
        assert len(store.record(house.outcomes(house.claim(store=store)), everything=True, keep=False).stored) == 3
        with pytest.raises(Transient, match="too long for a statement"), store.session() as session:
            session.execute(b"select pg_sleep(30)")
