"""A database that is away, refuses, hangs, is full of locks or restarts: one line, the right cure, and back to work."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from supervisor.embedded import Embedded
from supervisor.errors import BadConfig, Exit, Fatal, HealthsupError, Transient
from supervisor.store import Store, connect, failure, line
from tests.helpers.database import Databases
from tests.helpers.misbehave import nobody_listening
from tests.helpers.storing import EVERYTHING, LEASE_S, POLICY, House, load_migrated, store_at
from tests.helpers.tenants import as_role


@pytest.fixture
def house(server: Databases, clone: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setitem(connect._SETTINGS, "lock_timeout", 200)
    monkeypatch.setitem(connect._SETTINGS, "statement_timeout", 2000)
    with House(clone(server.template("migrated", load_migrated))) as house:
        yield house


def opening(conninfo: str) -> HealthsupError:
    """The error of opening it, whose text is one line without the password."""
    with pytest.raises(HealthsupError) as caught:
        store_at(make_conninfo(conninfo, password="hunter2"), pool_timeout=1).close()
    for text in (str(caught.value), repr(caught.value)):
        assert "hunter2" not in text
        assert "\n" not in text
    return caught.value


def test_nothing_listens_there() -> None:
    with nobody_listening() as port:
        error = opening(f"host=127.0.0.1 port={port} dbname=x user=y")
    assert isinstance(error, Transient)
    assert (error.cause, error.exit_code) == ("nothing listens at the database's address", Exit.UNAVAILABLE)


def test_no_socket_there(tmp_path: Path) -> None:
    assert opening(f"host={tmp_path} dbname=x").cause == "there is no socket at the database's address"


@pytest.mark.parametrize(
    ("said", "cause", "kind"),
    [
        (
            "failed to resolve host 'db.internal': [Errno -2]",
            "the database's host name could not be resolved",
            Transient,
        ),
        ('FATAL:  password authentication failed for user "x"', "the database refuses the user or password", Fatal),
        ("fe_sendauth: no password supplied", "the database asks for a password", Fatal),
        ('no pg_hba.conf entry for host "1.2.3.4"', "the database does not allow this user from here", Fatal),
        ("FATAL:  sorry, too many clients already", "the database has no connection left", Transient),
        ("FATAL:  the database system is starting up", "the database is starting up", Transient),
        (
            "server does not support SSL, but SSL was required",
            "the database offers no TLS, and sslmode asks for it",
            Fatal,
        ),
        (
            'root certificate file "/none" does not exist\nEither',
            "the root certificate that sslmode asks for cannot be read",
            Fatal,
        ),
        (
            "SSL error: certificate verify failed",
            "no authority that is trusted vouches for the database's certificate",
            Fatal,
        ),
        (
            'server certificate for "a" does not match host name "b"',
            "the database's certificate is for another host",
            Fatal,
        ),
        ("FATAL:  hunter2 \x1b[31m", "the database could not be reached", Transient),
    ],
)
def test_what_libpq_says_is_put_into_our_words(said: str, cause: str, kind: type[HealthsupError]) -> None:
    error = failure.of_connect(psycopg.OperationalError(said))
    assert (error.cause, type(error), error.exit_code) == (cause, kind, Exit.UNAVAILABLE)


@pytest.mark.parametrize("wrong", [{"dbname": "nowhere"}, {"user": "nobody at all"}])
def test_a_database_or_role_that_does_not_exist(server: Databases, wrong: dict[str, str]) -> None:
    error = opening(make_conninfo(server.conninfo("postgres"), **wrong))
    assert isinstance(error, Fatal)
    assert (error.cause, error.exit_code) == ("the database or its role does not exist", Exit.UNAVAILABLE)


def test_what_is_no_conninfo_is_bad_configuration_and_not_repeated() -> None:
    with pytest.raises(BadConfig) as caught:
        store_at("password=hunter2 what")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_database_out_of_connections(house: House) -> None:
    name = house.rows.connection.info.dbname
    house.rows.run(f"alter database {name} connection limit 0")
    error = opening(as_role(house.conninfo))
    assert isinstance(error, Transient)
    assert error.cause == "the database has no connection left"


def test_a_role_without_the_grants_is_told_which_and_where_they_are(house: House) -> None:
    house.rows.run("revoke select on users from healthsup")
    house.rows.run('revoke select (id, "isActive") on users from healthsup')
    with pytest.raises(BadConfig, match=r"permission denied for table users.*least-privilege-role\.sql"):
        house.store.sync(POLICY)


def test_the_least_privilege_role_can_write_neither_users_nor_credentials(house: House) -> None:
    house.rows.credential(house.rows.user("ana"), "ebay")
    with psycopg.connect(as_role(house.conninfo), autocommit=True) as connection:
        for statement in (
            'update users set "isActive" = false',
            "delete from users",
            'update api_credentials set "isActive" = false',
            "delete from api_credentials",
            "insert into api_credentials default values",
            "select password from users",
            "create table public.mine (id int)",
            "create schema mine",
            "alter table api_status_snapshots add column mine int",
        ):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
                connection.execute(statement)


def test_a_table_somebody_has_locked_delays_and_does_not_hang(house: House) -> None:
    house.rows.credential(house.rows.user("ana"), "ebay")
    outcomes = house.outcomes(house.claim())
    with psycopg.connect(house.conninfo) as other:
        other.execute("lock table api_status_snapshots")
        with pytest.raises(Transient, match="holds a lock"):
            house.store.record(outcomes, everything=True)
    assert len(house.store.record(outcomes, everything=True).stored) == 1


def test_a_statement_that_takes_too_long_is_given_up(house: House) -> None:
    with pytest.raises(Transient, match="too long for a statement"), house.store.session() as session:
        session.execute(b"select pg_sleep(30)")


def test_an_error_of_ours_is_no_traceback_of_psycopg(house: House) -> None:
    refused = r"refused a statement \(DivisionByZero, SQLSTATE 22012\)"
    with pytest.raises(Fatal, match=refused), house.store.session() as session:
        session.execute(b"select 1/0")


def test_a_read_only_database_is_waited_for(house: House) -> None:
    house.rows.credential(house.rows.user("ana"), "ebay")
    (claim,) = house.claim()
    name = house.rows.connection.info.dbname
    house.rows.run(f"alter database {name} set default_transaction_read_only = on")
    with store_at(as_role(house.conninfo)) as reader:
        assert list(reader.snapshots()) == []
        with pytest.raises(Transient, match="the database is read-only"):
            reader.record(house.outcomes([claim]), everything=True)
        with pytest.raises(Transient, match="the database is read-only"):
            reader.claim_pass(POLICY, EVERYTHING, since=reader.now(), limit=1, lease_for=LEASE_S)


def test_connections_that_were_ended_are_replaced_unseen(house: House) -> None:
    assert house.store.sync(POLICY) == 0
    house.rows.run("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'healthsup'")
    assert house.store.sync(POLICY) == 0


def test_a_busy_pool_says_so(house: House) -> None:
    with Store(as_role(house.conninfo), schema=None, pool_max=1, pool_timeout=0.2, owner="x") as store:
        with store.session(), pytest.raises(Transient, match="connections are busy"):
            store.sync(POLICY)
        assert store.sync(POLICY) == 0


def test_what_the_node_backend_writes_at_the_same_moment_is_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row is locked, not yet committed: we wait, and compare with what it became."""
    user = house.rows.user("ana")
    house.rows.credential(user, "ebay")
    house.check()
    outcomes = house.outcomes(house.claim())
    for limit in ("lock_timeout", "statement_timeout"):
        monkeypatch.setitem(connect._SETTINGS, limit, 30_000)
    patient = house.another("me")
    with psycopg.connect(house.conninfo) as node, psycopg.connect(house.conninfo, autocommit=True) as watch:
        node.execute("update api_status_snapshots set status = 'degraded', \"isAvailable\" = true")
        recorder = threading.Thread(target=patient.record, args=(outcomes,), kwargs={"everything": True})
        recorder.start()
        waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and usename = 'healthsup'"
        give_up_at = time.monotonic() + 30
        while watch.execute(waiting).fetchone() == (0,) and time.monotonic() < give_up_at:
            pass
        node.commit()
        recorder.join()
    assert house.rows.history(user)[-1] == ("healthy", "degraded", True)


def test_a_restarted_server_is_worked_with_again() -> None:
    with tempfile.TemporaryDirectory(prefix="healthsup-test-") as directory:
        Path(directory).chmod(0o711)
        embedded = Embedded(Path(directory) / "postgres", durable=False)
        conninfo = embedded.ensure().conninfo()
        store = store_at(conninfo, pool_timeout=0.5)
        try:
            store.migrate()
            embedded.stop()
            with pytest.raises(Transient):
                store.sync(POLICY)
            assert embedded.ensure().conninfo() == conninfo
            assert store.sync(POLICY) == 0
        finally:
            store.close()
            embedded.stop()


@pytest.fixture
def watched(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """As the loop watches it, with little patience for silence."""
    monkeypatch.setattr(line, "SILENT_S", 0.5)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            house.store.end_silence()

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield house
    over.set()
    watcher.join()


def test_a_statement_without_an_answer_is_cut_off(watched: House) -> None:
    with pytest.raises(Transient), watched.store.session() as session:
        session.value(b"select pg_sleep(1.9)")
    assert watched.store.now()


def test_a_long_transaction_whose_statements_are_answered_is_not(watched: House) -> None:
    with watched.store.transaction() as session:
        for _ in range(4):
            session.value(b"select pg_sleep(0.2)")
        assert session.value(b"select 1") == 1
