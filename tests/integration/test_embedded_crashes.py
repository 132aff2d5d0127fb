"""An embedded PostgreSQL after something was killed, or something old was found."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from supervisor.embedded import Embedded
from tests.helpers.keeper import Keeper
from tests.helpers.traces import alive, ask, at_work, eventually, postmaster, shared_memory_of, short_temporary, tell


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "post gres"


def abandoned(data_dir):
    """A cluster whose server was stopped, with its pid file put back."""
    with Embedded(data_dir, durable=False) as embedded:
        tell(embedded.ensure().conninfo(), "create table kept (n int)", "insert into kept values (7)")
        text = (data_dir / "postmaster.pid").read_text()
    return text.split("\n")


def rows_of(data_dir):
    with Embedded(data_dir, durable=False) as embedded:
        return ask(embedded.ensure().conninfo(), "select n from kept")


def test_postgres_does_not_outlive_its_parents_sigkill(data_dir):
    keeper = Keeper(data_dir)
    conninfo = keeper.ensure()["conninfo"]
    tell(conninfo, "create table kept (n int)", "insert into kept values (7)")
    pid = postmaster(data_dir)
    with keeper:
        keeper.kill()
        assert eventually(lambda: not at_work(data_dir))
    assert not alive(pid)
    assert shared_memory_of(pid) == []
    assert rows_of(data_dir) == [(7,)]


def test_a_start_at_once_after_the_parents_sigkill_waits_for_the_old_server_and_finds_the_rows(data_dir):
    with Keeper(data_dir) as keeper:
        tell(keeper.ensure()["conninfo"], "create table kept (n int)", "insert into kept values (7)")
        old = postmaster(data_dir)
        keeper.kill()
        with Embedded(data_dir, durable=False) as embedded:
            assert ask(embedded.ensure().conninfo(), "select n from kept") == [(7,)]
            assert embedded.owned
            assert postmaster(data_dir) != old
            assert not alive(old)


def test_ensure_restarts_a_killed_server_with_every_committed_row(data_dir):
    with Embedded(data_dir) as embedded:
        tell(
            embedded.ensure().conninfo(),
            "create table kept (n int)",
            "insert into kept select generate_series(1, 100000)",
        )
        killed = postmaster(data_dir)
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: not alive(killed))
        address = embedded.ensure()
        assert embedded.owned
        assert ask(address.conninfo(), "select count(*) from kept") == [(100_000,)]
        assert postmaster(data_dir) != killed


@pytest.mark.parametrize("then", ["start", "stop"])
def test_what_a_killed_server_left_computing_is_ended_by_the_next(data_dir, then):
    with Embedded(data_dir, durable=False) as embedded, closing(_session(embedded)) as session:
        killed, orphan = postmaster(data_dir), session.info.backend_pid
        session.pgconn.send_query(b"select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b")
        assert eventually(lambda: _cpu_seconds(orphan) > 0.05)
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: not alive(killed))
        assert alive(orphan)
        if then == "start":
            assert ask(embedded.ensure().conninfo(), "select 1") == [(1,)]
        else:
            embedded.stop()
        assert eventually(lambda: not alive(orphan))


def _session(embedded):
    return psycopg.connect(embedded.ensure().conninfo())


def _cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


def test_a_pid_that_is_another_programs_by_now_is_neither_waited_for_nor_touched(data_dir):
    lines = abandoned(data_dir)
    with subprocess.Popen(["sleep", "600"]) as bystander:
        (data_dir / "postmaster.pid").write_text("\n".join([str(bystander.pid), *lines[1:]]))
        (data_dir / ".s.PGSQL.5432.lock").write_text(f"{bystander.pid}\n")
        assert rows_of(data_dir) == [(7,)]
        assert bystander.poll() is None
        bystander.kill()


def test_a_pid_of_a_process_that_nobody_reaps_is_not_taken_for_a_server(data_dir):
    lines = abandoned(data_dir)
    with subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.DEVNULL) as ended:
        assert eventually(lambda: not alive(ended.pid))
        (data_dir / "postmaster.pid").write_text("\n".join([str(ended.pid), *lines[1:]]))
        assert rows_of(data_dir) == [(7,)]


def test_a_broken_pid_file_does_not_keep_a_server_from_starting(data_dir):
    abandoned(data_dir)
    for text in ("", "nonsense\n", "0\n", "-1\n", "4194304\n/elsewhere\n", "9" * 40, "9" * 5000, "\0"):
        (data_dir / "postmaster.pid").write_text(text)
        assert rows_of(data_dir) == [(7,)], text


def test_a_half_made_cluster_of_a_killed_process_is_made_anew(data_dir):
    half_made = data_dir.with_name(f"{data_dir.name}.init")
    with Keeper(data_dir) as keeper:
        keeper.begin()
        assert eventually((half_made / "global").exists)
        keeper.kill()
    assert not data_dir.exists()
    with Embedded(data_dir, durable=False) as embedded:
        assert ask(embedded.ensure().conninfo(), "select current_database()") == [("healthsup",)]
    assert not half_made.exists()


@pytest.fixture
def temporary(monkeypatch):
    with short_temporary(monkeypatch) as directory:
        yield directory


def test_a_long_path_leaves_no_socket_directory_even_after_a_kill(tmp_path, temporary):
    data_dir = tmp_path / ("l" * 150)
    with Keeper(data_dir, environ={"TMPDIR": str(temporary)}) as keeper:
        keeper.ensure()
        keeper.kill()
    assert eventually(lambda: not at_work(data_dir))
    (left,) = temporary.iterdir()
    with Embedded(data_dir, durable=False):
        assert list(temporary.iterdir()) == [left]
    assert list(temporary.iterdir()) == []


def test_a_directory_that_another_put_in_the_sockets_place_is_left_alone(tmp_path, temporary):
    data_dir = tmp_path / ("l" * 150)
    with Embedded(data_dir, durable=False) as embedded:
        squatted = Path(embedded.ensure().socket_dir)
    squatted.mkdir()
    squatted.chmod(0o777)
    with Embedded(data_dir, durable=False) as embedded:
        found = Path(embedded.ensure().socket_dir)
        assert found != squatted
        assert found.stat().st_mode & 0o777 == 0o700
    assert list(squatted.iterdir()) == []
    assert list(temporary.iterdir()) == [squatted]
