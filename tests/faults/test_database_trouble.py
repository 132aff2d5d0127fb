"""The database goes away under a `run`, in many ways: told once, no verdict, nothing lost, nothing twice.

Each trouble is made to the server itself, one of this module's own. While it lasts the checks in hand go on, and
what they find waits.
"""

import signal
from contextlib import contextmanager

import pytest

from tests.helpers.cluster import Cluster, own_cluster, reconnect
from tests.helpers.outage import USERS, asked, complete, fill
from tests.helpers.system import BOUND, System
from tests.helpers.traces import eventually


@contextmanager
def restarted(cluster: Cluster, _: System, number: int):
    cluster.end(number)
    yield
    cluster.start()


@contextmanager
def read_only(cluster: Cluster, system: System):
    """Sessions that are there obey it too: none has to be cut, which would be another trouble."""
    cluster.tell("alter system set default_transaction_read_only = on", "select pg_reload_conf()")
    try:
        yield
    finally:
        cluster.tell("alter system reset default_transaction_read_only", "select pg_reload_conf()")


@contextmanager
def out_of_connections(cluster: Cluster, system: System):
    cluster.tell("alter role healthsup connection limit 0")
    cluster.cut()
    try:
        yield
    finally:
        cluster.tell("alter role healthsup connection limit -1")


@contextmanager
def without_rights(cluster: Cluster, system: System):
    system.tenants.run("revoke insert, update on api_status_snapshots from healthsup")
    system.tenants.run("revoke usage on schema healthsup from healthsup")
    yield
    system.tenants.run("grant usage on schema healthsup to healthsup")
    system.tenants.run("grant insert, update on api_status_snapshots to healthsup")


TROUBLES = {
    "fast restart": (lambda cluster, system: restarted(cluster, system, signal.SIGINT), None),
    "immediate restart": (lambda cluster, system: restarted(cluster, system, signal.SIGQUIT), None),
    "postmaster killed": (lambda cluster, system: restarted(cluster, system, signal.SIGKILL), None),
    "read-only": (read_only, "the database is read-only"),
    "out of connections": (out_of_connections, None),
    "rights revoked": (without_rights, None),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_trouble_delays_what_is_found_and_is_told_once(cluster, troubled, trouble):
    make, cause = TROUBLES[trouble]
    with troubled.run() as running:
        running.wait("status.changed", count=2)
        with make(cluster, troubled):
            told = running.wait("database.lost")
            assert cause is None or told["cause"] == cause
            assert eventually(lambda: len(asked(troubled)) == USERS, BOUND), "the checks in hand did not go on"
        running.wait("database.back")
        reconnect(troubled)
        complete(troubled, running)


def test_a_server_that_is_there_and_says_nothing_is_missed_like_one_that_is_gone(cluster, troubled):
    with troubled.run(before="from supervisor.store import line; line.SILENT_S = 2.0") as running:
        running.wait("status.changed", count=2)
        cluster.freeze()
        try:
            running.wait("database.lost")
        finally:
            cluster.thaw()
        running.wait("database.back")
        reconnect(troubled)
        complete(troubled, running)


def test_a_cut_connection_alone_is_hardly_noticed(cluster, troubled):
    with troubled.run() as running:
        for count in (2, 6, 10):
            running.wait("status.changed", count=count)
            cluster.cut()
        assert running.wait("pass.finished")["checks"] == USERS
        assert len(running.all("database.lost")) == len(running.all("database.back")) <= 3
        complete(troubled, running, lost=None)


def test_one_connection_is_enough(cluster, troubled):
    cluster.tell("alter role healthsup connection limit 1")
    troubled.configure(worker={"window": 2})  # with all its patience for a connection
    try:
        with troubled.run() as running:
            complete(troubled, running, lost=0)
    finally:
        cluster.tell("alter role healthsup connection limit -1")


def test_a_second_address_takes_over_from_the_first(market, short_dir):
    with own_cluster() as first:
        second = first.within / "second"
        with first.system(market, short_dir) as system:
            system.dsn = system.dsn.replace(str(first.data), f"{first.data},{second}/postgres")
            system.dsn = system.dsn.replace("port='5432'", "port='5432,5432'").replace("port=5432", "port=5432,5432")
            fill(system)
            with system.run() as running:
                running.wait("status.changed", count=2)
                first.end(signal.SIGQUIT)
                running.wait("database.lost")
                other = first.moved(second)
                try:
                    running.wait("database.back")
                    reconnect(system, other.conninfo(system.tenants.connection.info.dbname))
                    complete(system, running)
                finally:
                    other.close()
