"""scripts/setup, as far as it needs no network: what it says before it starts to fetch."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.project import ROOT

SCRIPTS = ["scripts/setup", "scripts/demo", "scripts/test", "scripts/install", "scripts/uninstall", ".ci/run"]


@pytest.fixture
def clone() -> Iterator[Path]:
    """A checkout without an environment, in a path with a space, which every user may enter."""
    with tempfile.TemporaryDirectory() as directory:
        clone = Path(directory) / "a clone"
        (clone / "scripts").mkdir(parents=True)
        for folder in (Path(directory), clone):
            folder.chmod(0o755)
        for name in ("scripts/setup", "pyproject.toml", "setup.cfg"):
            shutil.copy(ROOT / name, clone / name)
        shutil.copytree(ROOT / "constraints", clone / "constraints")
        yield clone


@pytest.fixture
def bare_python(tmp_path: Path) -> str:
    """A Python that is new enough and has neither pip nor ensurepip: one that can do nothing but tell its version."""
    bare = tmp_path / "python"
    bare.write_text('#!/bin/sh\ncase "$*" in *version_info*) exit 0 ;; -V) echo Python 3.12.0 ;; *) exit 1 ;; esac\n')
    bare.chmod(0o755)
    return str(bare)


def setup(clone: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        ["/bin/bash", clone / "scripts/setup", *arguments], env=environment, capture_output=True, text=True, cwd="/"
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_is_executable_and_bash_understands_it(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert subprocess.run(["/bin/bash", "-n", ROOT / script]).returncode == 0


def test_without_a_python_one_line_names_the_cure(clone: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("dirname", "cat", "sha256sum", "cut", "flock"):
        found = shutil.which(tool)
        assert found
        (tools / tool).symlink_to(found)
    done = setup(clone, PATH=str(tools))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (69, "", 1)
    assert "no Python 3.11 or newer" in done.stderr
    assert "apt install python3" in done.stderr


def test_a_named_python_that_is_too_old_is_refused(clone: Path) -> None:
    done = setup(clone, HEALTHSUP_PYTHON="false")
    assert done.returncode == 69
    assert "HEALTHSUP_PYTHON=false is not a Python 3.11 or newer" in done.stderr


def test_a_python_with_neither_pip_nor_ensurepip_is_told_apart(clone: Path, bare_python: str) -> None:
    done = setup(clone, HEALTHSUP_PYTHON=bare_python)
    assert done.returncode == 69
    assert "neither pip (22.3 or newer) nor ensurepip" in done.stderr.splitlines()[-1]


def test_a_clone_that_is_not_ours_to_write_is_one_line(clone: Path) -> None:
    clone.chmod(0o555)
    someone_else = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(
        ["/bin/bash", clone / "scripts/setup"],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        cwd="/",
        **someone_else,
    )
    clone.chmod(0o755)
    assert done.returncode == 69
    assert done.stderr.splitlines()[-1].startswith("setup: cannot write .venv in ")


def test_an_environment_made_by_hand_is_never_deleted(clone: Path) -> None:
    """It has no mark of ours; its Python cannot install here, so the run fails, and the folder must survive that."""
    (clone / ".venv/bin").mkdir(parents=True)
    (clone / ".venv/bin/python").symlink_to("/bin/false")
    (clone / ".venv/precious").write_text("kept")
    assert setup(clone).returncode != 0
    assert (clone / ".venv/precious").read_text() == "kept"


def test_an_unfinished_environment_of_ours_is_made_anew(clone: Path, bare_python: str) -> None:
    (clone / ".venv").mkdir()
    for mark in (".made-here", ".busy", "left-over"):
        (clone / ".venv" / mark).touch()
    done = setup(clone, HEALTHSUP_PYTHON=bare_python)
    assert "unfinished or broken: making it anew" in done.stderr
    assert not (clone / ".venv/left-over").exists()


@pytest.mark.parametrize("activated", [".venv", ".venv-lowest"])
def test_an_activated_environment_of_ours_is_not_made_from_itself(
    clone: Path, bare_python: str, activated: str
) -> None:
    inside, host = clone / activated / "bin", Path(bare_python).parent
    inside.mkdir(parents=True)
    shutil.copy(bare_python, inside / "python3")
    (host / "python3").symlink_to(bare_python)
    done = setup(clone, PATH=f"{inside}:{host}:/usr/bin:/bin")
    assert f"{host}/python3 has neither pip" in done.stderr


def test_an_unknown_word_is_wrong_usage(clone: Path) -> None:
    done = setup(clone, "everything")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: scripts/setup")


def test_help_says_which_python_is_taken(clone: Path) -> None:
    done = setup(clone, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "HEALTHSUP_PYTHON" in done.stdout
