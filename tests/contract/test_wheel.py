"""The wheel holds the two packages and nothing else. Built offline, by the build backend in this environment."""

import shutil
import subprocess
import sys
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.helpers.project import ROOT, tracked_files

pytest.importorskip("setuptools", minversion="77.0.3", reason="no build backend here that is new enough")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built from a copy of what is tracked, so that the checkout stays as it is and left-overs cannot slip in."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for file in tracked_files():
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, source / file)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})"
    done = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (made,) = out.glob("*.whl")
    return zipfile.ZipFile(made)


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    assert {Path(name).parts[0] for name in wheel.namelist()} == {
        "supervisor",
        "workers",
        f"healthsup-{_metadata(wheel)['Version']}.dist-info",
    }


def test_every_tracked_file_of_the_two_packages_rides_along(wheel: zipfile.ZipFile) -> None:
    expected = {str(file) for file in tracked_files() if file.parts[0] in {"supervisor", "workers"}}
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == expected


def test_the_command_is_healthsup(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    assert "healthsup = supervisor.__main__:main" in wheel.read(entry_points).decode()


def test_the_wheel_states_licence_and_lowest_python(wheel: zipfile.ZipFile) -> None:
    metadata = _metadata(wheel)
    assert (metadata["License-Expression"], metadata["Requires-Python"]) == ("MIT", ">=3.11")


def _metadata(wheel: zipfile.ZipFile):
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return BytesParser().parsebytes(wheel.read(name))
