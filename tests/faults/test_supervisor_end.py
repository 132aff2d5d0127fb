"""The end of `run` itself: killed at any instant, or told to stop at the worst one.

Killed: nothing of it is left, its embedded database is not damaged, the next start takes everything up. Told to stop:
it ends with 0 by itself, bounded, and stores what can be stored.
"""

import os
import random
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from supervisor.embedded import Embedded
from supervisor.service import loop
from tests.helpers.cluster import reconnect
from tests.helpers.system import BOUND, ROOT, System
from tests.helpers.tenants import Tenants, as_role
from tests.helpers.traces import alive, ask, at_work, eventually, postmaster, tell

KILLS = int(os.environ.get("HEALTHSUP_TEST_KILLS", "10"))
SEED = 20261124
USERS = 20
ENDS_WITHIN = 25.0
SOON = "from supervisor.service import loop; loop._LAND_WITHIN_S, loop._FLUSH_WITHIN_S = 3.0, 1.0"
LEASES = "select count(*) from healthsup.checks where leased_by is not null"


def family(pid: int) -> set[int]:
    """Zygote, worker and spare of that supervisor, whoever is their parent now: a fork keeps the command line."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"\0zygote\0%d\0" % pid in (entry / "cmdline").read_bytes() and alive(int(entry.name)):
                found.add(int(entry.name))
    return found


# --- SIGKILL -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def embedded(system, short_dir):
    """`system` on an embedded database of its own, with its users; the server runs only while `run` does."""
    data = short_dir / "state" / "postgres"
    system.configure(database={"embedded_dir": str(data)}, worker={"window": 4})
    text = system.config.read_text().splitlines()
    system.config.write_text("\n".join(line for line in text if not line.startswith("dsn = ")))
    done = system.command("migrate")
    assert done.returncode == 0, done.stderr
    with Embedded(data) as server, Tenants(server.ensure().conninfo()) as tenants:
        for user in tenants.users(USERS):
            tenants.credential(user, "openai", text=system.seal({"apiKey": f"sk-demo-slow-40ms-u{user}-0123456789"}))
    return data


@pytest.mark.slow
@pytest.mark.timeout(60 + 20 * KILLS)
def test_killed_at_any_instant_nothing_is_left_and_nothing_is_damaged_or_doubled(system, embedded):
    chance = random.Random(SEED)
    workers_gone, server_gone = [], []
    for kill in range(KILLS):
        with system.run() as running:
            if kill % 2:
                running.wait("worker.ready")
            with suppress(subprocess.TimeoutExpired):  # the instant is not to be waited for but to be random
                running.process.wait(chance.uniform(0.0, 1.2))
            began = time.monotonic()
            running.process.kill()
            running.process.wait(BOUND)
            assert eventually(lambda pid=running.process.pid: not family(pid), BOUND), "a worker is left"
            workers_gone.append(time.monotonic() - began)
            assert eventually(lambda: not at_work(embedded), BOUND), "the database is left"
            server_gone.append(time.monotonic() - began)
    with system.run() as running:
        assert running.wait("pass.finished")["checks"] == USERS
        address = Embedded(embedded).ensure().conninfo()
        history = 'select count(*), count(distinct "userId") from api_status_history'
        assert ask(address, history) == [(USERS, USERS)]
        assert ask(address, "select count(*), min(status), max(status) from api_status_snapshots") == [
            (USERS, "healthy", "healthy")
        ]
        assert ask(address, LEASES) == [(0,)]
        assert ask(address, "select count(*) from healthsup.fanout") == [(0,)]
        for table in ("healthsup.checks", "api_status_snapshots", "api_status_history", "healthsup.verdict"):
            tell(address, f"reindex table {table}")
        assert running.stop() == 0
    print(f"\n{KILLS} kills: workers gone within {max(workers_gone):.3f} s, database within {max(server_gone):.3f} s")  # noqa: T201 - the figure that is reported


# --- SIGTERM -------------------------------------------------------------------------------------------------------------


def stopped(running) -> None:
    """It ends with 0 within the bound, and leaves nobody."""
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(ENDS_WITHIN) == 0
    running._reader.join(BOUND)
    assert running.all("supervisor.stopped")
    assert not family(running.process.pid)


def asked(system: System) -> int:
    return sum(seen.times for seen in system.market.ledger() if seen.api == "openai")


def fill(system: System, word: str, fault: str = "") -> list[int]:
    users = system.tenants.users(USERS)
    for user in users:
        system.openai(user, word, fault)
    system.market.clear()
    return users


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_stopped_in_the_moment_of_a_crash(system, number):
    fill(system, "slow-100ms")
    system.configure(worker={"window": 4})
    with system.run() as running:
        running.wait("status.changed", count=4)
        os.kill(running.worker_pid, number)
        stopped(running)
    assert set(system.statuses().values()) == {"healthy"}
    assert system.tenants.value(LEASES) == 0
    history = dict(system.tenants.rows('select "userId", count(*) from api_status_history group by 1'))
    assert history == dict.fromkeys(system.statuses(), 1)


def test_stopped_amid_crash_upon_crash(system):
    fill(system, "good", "segv-probe")
    system.configure(worker={"window": 2})
    with system.run("workers.faults") as running:
        running.wait("worker.died", count=3)
        stopped(running)
    assert "healthy" not in system.statuses().values()
    assert system.tenants.value(LEASES) == 0


def test_the_time_it_takes_to_end_fits_into_what_systemd_gives_it():
    unit = (ROOT / "systemd" / "healthsup.service").read_text()
    given = float(re.search(r"^TimeoutStopSec=(\d+)s$", unit, re.MULTILINE)[1])
    assert given / 2 > loop._LAND_WITHIN_S + loop._FLUSH_WITHIN_S


def test_stopped_while_the_worker_hangs_with_the_interpreters_lock(system):
    (hanging, *others) = system.tenants.users(4)
    system.openai(hanging, "good", "hang-probe")
    for user in others:
        system.openai(user, "good")
    system.market.clear()
    system.configure(worker={"window": 1})
    with system.run("workers.faults", before=SOON) as running:
        running.wait("worker.ready")
        assert eventually(lambda: system.json("worker", "show")[0]["in_flight"], BOUND)
        stopped(running)
    assert system.tenants.value(LEASES) == 0
    assert "healthy" not in system.statuses().values()


@pytest.fixture
def hurt(cluster, market, short_dir):
    with cluster.system(market, short_dir) as system:
        yield cluster, system


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGSTOP])
def test_stopped_while_the_database_is_away(hurt, number):
    """Ended, or there and silent."""
    cluster, system = hurt
    fill(system, "slow-100ms")
    with system.run(before=SOON) as running:
        running.wait("status.changed", count=2)
        if number == signal.SIGSTOP:
            cluster.freeze()
        else:
            cluster.end(number)
        stopped(running)
    cluster.thaw()
    cluster.start()
    reconnect(system)
    with system.run() as again:
        again.wait("pass.finished")
        assert again.stop() == 0
    assert list(system.statuses().values()) == ["healthy"] * USERS
    history = 'select count(*), count(distinct "userId") from api_status_history'
    assert system.tenants.rows(history) == [(USERS, USERS)]
    assert system.tenants.value(LEASES) == 0


def test_its_own_database_that_was_killed_is_there_again_before_anybody_misses_it(system, embedded):
    with system.run() as running:
        running.wait("status.changed", count=2)
        os.kill(postmaster(embedded), signal.SIGKILL)
        assert running.wait("pass.finished")["checks"] == USERS
        assert not running.all("database.lost")
        assert running.stop() == 0
    assert not at_work(embedded)


def test_stopped_while_its_own_database_is_silent(system, embedded):
    with system.run(before=SOON) as running:
        running.wait("status.changed", count=2)
        freeze(embedded)
        stopped(running)
        assert not running.all("not json"), "a thread that was stuck in the database has ended with a traceback"
    assert not at_work(embedded)
    with Embedded(embedded) as server, Tenants(server.ensure().conninfo()) as tenants:
        assert tenants.value("select count(*) from users") == USERS


def freeze(data: Path) -> None:
    for pid in at_work(data):
        os.kill(pid, signal.SIGSTOP)


def test_stopped_while_the_database_is_away_it_stores_everything_when_it_comes_back_in_time(hurt):
    cluster, system = hurt
    fill(system, "slow-100ms")
    system.configure(database={"dsn": as_role(system.conninfo), "pool_timeout": 1})
    with system.run() as running:
        running.wait("status.changed", count=2)
        cluster.end()
        running.wait("database.lost")
        running.process.send_signal(signal.SIGTERM)
        running.wait("worker.retired")
        cluster.start()
        assert running.process.wait(ENDS_WITHIN) == 0
    reconnect(system)
    assert len(system.statuses()) == asked(system)
    assert system.tenants.value(LEASES) == 0
