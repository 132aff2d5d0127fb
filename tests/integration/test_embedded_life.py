"""An embedded PostgreSQL is made, started, used and stopped, wherever its directory is."""

import threading
from pathlib import Path

import psycopg
import pytest

from supervisor.embedded import Embedded
from supervisor.errors import Fatal
from tests.helpers.traces import ask, at_work, postmaster, shared_memory_of, short_temporary, tell

NAMES = ["with a space", "comma, 'apostrophe', \"quote\", back\\slash", "ünï©ode"]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:12])
def test_a_database_is_made_and_answers_in_a_directory_of_any_name(tmp_path, name):
    with Embedded(tmp_path / name, durable=False) as embedded:
        assert ask(embedded.ensure().conninfo(), "select current_database()") == [("healthsup",)]


def test_a_path_longer_than_a_socket_address_works(tmp_path):
    deep = tmp_path.joinpath(*["d" * 100] * 4)
    with Embedded(deep / "postgres", durable=False) as embedded:
        assert ask(embedded.ensure().conninfo(), "select 1") == [(1,)]


def test_a_relative_path_is_taken_from_where_we_were_when_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    embedded = Embedded(Path("here"), durable=False)
    monkeypatch.chdir("/")
    with embedded:
        assert (tmp_path / "here" / "PG_VERSION").exists()
        assert ask(embedded.ensure().conninfo(), "select 1") == [(1,)]


@pytest.mark.parametrize("name", ["short", "l" * 150], ids=["short", "long"])
def test_a_stop_leaves_no_process_no_socket_and_no_shared_memory(tmp_path, name, monkeypatch):
    data_dir = tmp_path / name
    with short_temporary(monkeypatch) as temporary:
        with Embedded(data_dir, durable=False) as embedded:
            socket = Path(embedded.ensure().socket)
            pid = postmaster(data_dir)
            assert socket.is_socket()
            assert pid in at_work(data_dir)
            assert shared_memory_of(pid)
        assert not socket.exists()
        assert list(temporary.iterdir()) == []
    assert at_work(data_dir) == set()
    assert shared_memory_of(pid) == []
    assert {path.name for path in tmp_path.iterdir()} == {name, f"{name}.log", f".{name}.lock"}


def test_a_stop_ends_sessions_that_are_left_open(tmp_path):
    with Embedded(tmp_path / "db", durable=False) as embedded:
        session = psycopg.connect(embedded.ensure().conninfo())
    with pytest.raises(psycopg.OperationalError):
        session.execute("select 1")
    session.close()


def test_rows_survive_a_stop_and_a_start(tmp_path):
    with Embedded(tmp_path / "db") as embedded:
        tell(embedded.ensure().conninfo(), "create table kept (n int)", "insert into kept values (7)")
    with Embedded(tmp_path / "db") as embedded:
        assert ask(embedded.ensure().conninfo(), "select n from kept") == [(7,)]


def test_ensure_starts_once_and_may_follow_a_stop(tmp_path):
    embedded = Embedded(tmp_path / "db", durable=False)
    assert not embedded.owned
    first, pid = embedded.ensure(), postmaster(tmp_path / "db")
    assert (embedded.ensure(), postmaster(tmp_path / "db"), embedded.owned) == (first, pid, True)
    embedded.stop()
    assert not embedded.owned
    with embedded:
        assert postmaster(tmp_path / "db") != pid
    embedded.stop()


def test_the_server_inherits_nothing_but_a_path_a_locale_and_a_time_zone(tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    monkeypatch.setenv("ENCRYPTION_KEY", "k" * 40)
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=1MB")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    with Embedded(tmp_path / "db", durable=False):
        environ = Path(f"/proc/{postmaster(tmp_path / 'db')}/environ").read_bytes()
    names = {pair.split(b"=")[0] for pair in environ.split(b"\0") if pair}
    assert names == {b"PATH", b"LANG", b"LC_ALL", b"TZ"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("max_connections", "24"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("log_min_error_statement", "panic"),
    ],
)
def test_a_durable_server_is_set_up_so(durable_server, setting, value):
    assert ask(durable_server, f"show {setting}") == [(value,)]


@pytest.fixture(scope="module")
def durable_server(tmp_path_factory):
    with Embedded(tmp_path_factory.mktemp("durable") / "db") as embedded:
        yield embedded.ensure().conninfo()


def test_a_failed_statement_leaves_nothing_of_its_row_in_the_log(tmp_path):
    with Embedded(tmp_path / "db", durable=False) as embedded:
        conninfo = embedded.ensure().conninfo()
        tell(conninfo, "create table locked (secret text primary key)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            tell(conninfo, *["insert into locked values ('s3cr3t')"] * 2)
    assert "s3cr3t" not in (tmp_path / "db.log").read_text()


def test_the_log_begins_anew_at_each_start(tmp_path):
    with Embedded(tmp_path / "db", durable=False):
        pass
    (tmp_path / "db.log").write_text("old\n" * 1000)
    with Embedded(tmp_path / "db", durable=False):
        pass
    log = (tmp_path / "db.log").read_text()
    assert "old" not in log
    assert "ready to accept connections" in log


def test_only_the_main_thread_may_start_it(tmp_path):
    caught = []

    def start():
        try:
            Embedded(tmp_path / "db", durable=False).ensure()
        except Fatal as error:
            caught.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(caught[0])
    assert not (tmp_path / "db").exists()
