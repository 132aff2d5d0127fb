"""The build that a worker names: whatever its program is made of changes it, for that may cure what crashed it."""

import shutil
import subprocess
import sys

import pytest

from tests.helpers.project import ROOT

_BUILD = "import sys; sys.path.insert(0, sys.argv[1]); from workers.program import build; print(build())"


def build(folder):
    done = subprocess.run([sys.executable, "-I", "-c", _BUILD, str(folder)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("file", ["look.py", "providers/stripe.py", "providers/groq.toml"])
def test_a_change_of_any_part_of_the_program_is_another_build(tmp_path, file):
    shutil.copytree(ROOT / "workers", tmp_path / "workers", ignore=shutil.ignore_patterns("__pycache__"))
    before = build(tmp_path)
    assert build(tmp_path) == before
    with (tmp_path / "workers" / file).open("a", encoding="utf-8") as program:
        program.write("\n# another\n")
    assert build(tmp_path) != before
