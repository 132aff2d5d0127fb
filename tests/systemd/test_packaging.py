"""scripts/install where no systemd is needed: for packagers, and on machines that are not fit for it."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.helpers.box import offline
from tests.helpers.project import ROOT

pytestmark = pytest.mark.slow

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture
def place():
    """A folder that every user may enter and write to."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def install(*options: str, source: Path = ROOT, user=None, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", source / "scripts/install", *options],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        cwd="/",
        **(user or {}),
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line with which it ended."""
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (69, ""), done.stderr
    return line


@pytest.fixture(scope="module")
def staged(wheels, source):
    """Laid out by a user who is nobody, and then moved away, as a package is."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        for path in (top, wheels, source):
            path.chmod(0o755 if path != top else 0o777)
        for parent in (*wheels.parents, *source.parents):
            if str(parent).startswith(tempfile.gettempdir() + "/"):
                parent.chmod(parent.stat().st_mode | 0o011)
        done = install("--prefix", str(top / "laid out"), source=source, user=NOBODY, **offline(wheels))
        assert done.returncode == 0, done.stderr
        (top / "laid out").rename(top / "moved")
        yield top / "moved"


def test_what_a_packager_gets_is_what_belongs_below_the_root(staged):
    found = {str(path.relative_to(staged)) for path in staged.rglob("*") if not path.is_dir() or path.is_symlink()}
    outside = {path for path in found if not path.startswith("opt/")}
    assert outside == {
        "etc/healthsup/healthsup.toml",
        "usr/bin/healthsup",
        "usr/lib/systemd/system/healthsup.service",
        "usr/lib/sysusers.d/healthsup.conf",
        "usr/lib/tmpfiles.d/healthsup.conf",
        "usr/share/bash-completion/completions/healthsup",
        "usr/share/fish/vendor_completions.d/healthsup.fish",
        "usr/share/man/man1/healthsup.1",
        "usr/share/man/man5/healthsup.toml.5",
        "usr/share/zsh/site-functions/_healthsup",
    }, "no key, which would be everybody's"
    assert (staged / "usr/bin/healthsup").readlink() == Path("/opt/healthsup/bin/healthsup")


def test_the_program_runs_wherever_it_was_moved_to(staged):
    command = staged / "opt/healthsup/bin/healthsup"
    done = subprocess.run(
        [command, "--version"], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, cwd="/"
    )
    assert re.fullmatch(r"healthsup \d+\.\d+\.\d+\n", done.stdout), done.stderr


def test_nothing_in_it_names_the_place_where_it_was_made(staged):
    made = str(staged.parent).encode()
    assert [
        path for path in staged.rglob("*") if path.is_file() and not path.is_symlink() and made in path.read_bytes()
    ] == []


def test_no_tool_of_the_build_is_left_in_it(staged):
    packages = {path.name.partition("-")[0] for path in staged.glob("opt/healthsup/releases/*/lib/*/site-packages/*")}
    assert not packages & {"pip", "setuptools", "wheel", "pkg_resources"}


@pytest.mark.skipif(not NOBODY and os.geteuid() == 0, reason="needs another user")
def test_without_root_one_line_names_the_cure(place, source):
    shutil.copytree(source, place / "source")
    assert refused(install(source=place / "source", user=NOBODY)).startswith(
        "install: this needs root: run it with sudo"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_without_systemd_one_line_names_the_cure():
    hide = 'mount -t tmpfs tmpfs /run && exec /bin/bash "$0"'
    done = subprocess.run(["unshare", "-m", "sh", "-c", hide, ROOT / "scripts/install"], capture_output=True, text=True)
    assert refused(done).startswith("install: systemd does not run here: ")


def stub(place: Path, version_ok: str, home: str = "/usr/bin/python3") -> str:
    """A Python that can do nothing but tell its version and where it is."""
    path = place / "python"
    path.write_text(
        f'#!/bin/sh\ncase "$*" in *version_info*) exit {version_ok} ;; *realpath*) echo {home} ;; *) exit 1 ;; esac\n'
    )
    path.chmod(0o755)
    return str(path)


def test_a_python_that_is_too_old_is_one_line(place):
    line = refused(install("--prefix", str(place / "x"), HEALTHSUP_PYTHON=stub(place, "1")))
    assert "no Python 3.11 or newer for all users" in line
    assert "apt install python3" in line


def test_a_python_in_somebodys_home_is_one_line(place):
    line = refused(install("--prefix", str(place / "x"), HEALTHSUP_PYTHON=stub(place, "0", "/root/" + "python3")))
    assert "is in a home, which the service cannot see" in line


def test_a_python_with_neither_pip_nor_venv_is_one_line(place):
    line = refused(install("--prefix", str(place / "x"), HEALTHSUP_PYTHON=stub(place, "0")))
    assert "apt install python3-pip (or python3-venv)" in line


def test_a_program_of_others_in_our_place_is_not_touched(place):
    other = place / "opt/healthsup/pyvenv.cfg"
    other.parent.mkdir(parents=True)
    other.write_text("made by hand")
    assert "not made by this script: move it away" in refused(install("--prefix", str(place)))
    assert other.read_text() == "made by hand"


@pytest.mark.parametrize("script", ["install", "uninstall"])
def test_an_unknown_word_is_wrong_usage(script):
    done = subprocess.run(["/bin/bash", ROOT / "scripts" / script, "now"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Usage: scripts/{script}")
    assert subprocess.run(["/bin/bash", ROOT / "scripts" / script, "--help"], capture_output=True).returncode == 0
