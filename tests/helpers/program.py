"""A copy of the program, run by a Python of its own, so that it can be changed on disk while it is at work."""

import shutil
import sys
import sysconfig
import venv
from pathlib import Path

from tests.helpers.project import ROOT


class Program:
    """Installed in an environment of its own in `directory`; the libraries are those of this one."""

    def __init__(self, directory: Path) -> None:
        self._source = directory / "source"
        for package in ("supervisor", "workers"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / package, self._source / package, ignore=ignored)
        home = directory / "environment"
        venv.create(home, symlinks=True)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        found = (self._source, sysconfig.get_path("purelib"))
        (home / f"lib/{version}/site-packages/healthsup.pth").write_text("\n".join(map(str, found)), encoding="utf-8")
        self.python = str(home / "bin/python")

    def change(self, file: str, old: str = "", new: str = "\n# another build\n") -> None:
        """Of `workers/`: replace what is there once, or add to its end."""
        path = self._source / "workers" / file
        text = path.read_text(encoding="utf-8")
        assert not old or text.count(old) == 1
        path.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")
