"""A throw-away systemd with healthsup installed in it: see tests/systemd/sdbox. Nothing in it reaches the network."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.helpers.project import ROOT, tracked_files

SDBOX = ROOT / "tests" / "systemd" / "sdbox"
SYSTEM_PYTHON = Path("/usr/bin/python3")
UNIT = "healthsup.service"
BOUND = 30.0
_TOOLS = ("unshare", "nsenter", "setpriv", "ip", "hostname", "timeout")


def why_not() -> str:
    """Why no systemd can be booted here; empty when one can."""
    if os.geteuid() != 0:
        return "needs root"
    if not Path("/lib/systemd/systemd").exists():
        return "there is no systemd"
    if "overlay" not in Path("/proc/filesystems").read_text():
        return "the kernel has no overlayfs"
    if " cgroup2 " not in Path("/proc/self/mounts").read_text():
        return "no cgroup2 hierarchy is mounted"
    if missing := [tool for tool in _TOOLS if not shutil.which(tool)]:
        return f"there is no {missing[0]}"
    return why_no_wheels()


def why_no_wheels() -> str:
    """Why `scripts/install` cannot be fed with what is installed here; empty when it can."""
    if f"click=={version('click')}" not in (ROOT / "constraints/tested.txt").read_text().splitlines():
        return "this environment has other versions than scripts/install takes"
    script = "import sys; print(*sys.version_info[:2], sep='.')"
    done = subprocess.run([SYSTEM_PYTHON, "-I", "-c", script], capture_output=True, text=True)
    ours = ".".join(str(part) for part in sys.version_info[:2])
    if done.stdout.strip() != ours:
        return f"{SYSTEM_PYTHON} is not a Python {ours}"
    pip = subprocess.run([SYSTEM_PYTHON, "-I", "-m", "pip", "--version"], capture_output=True)
    return "" if pip.returncode == 0 else f"{SYSTEM_PYTHON} has no pip"


def copy_source(target: Path) -> None:
    """The checkout as it is tracked."""
    for file in tracked_files():
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, target / file)


def offline(wheels: str | Path) -> dict[str, str]:
    """What makes pip take wheels from a folder and nothing else."""
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_CACHE_DIR": "1",
    }


class Box:
    """`with Box(wheels, source) as box: box.run("systemctl", "start", "x")`; the source is /src, the wheels /wheels."""

    def __init__(self, wheels: Path, source: Path) -> None:
        self._options = ("--bind-ro", f"{wheels}:/wheels", "--bind-ro", f"{source}:/src", "--max-seconds", "1800")
        self._state = ""

    def __enter__(self) -> Self:
        done = subprocess.run([SDBOX, "up", *self._options], stdout=subprocess.PIPE, text=True, timeout=120)
        assert done.returncode == 0, "the box did not boot"
        self._state = done.stdout.strip()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run([SDBOX, "kill", self._state], timeout=120, check=True)

    def ask(self, *command: str, stdin: str = "", within: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root and in a clean environment, whatever it ends with."""
        return subprocess.run(
            [SDBOX, "exec", self._state, *command], input=stdin, capture_output=True, text=True, timeout=within
        )

    def run(self, *command: str, stdin: str = "", within: float = 60) -> str:
        """The same for one that must succeed; what it wrote."""
        done = self.ask(*command, stdin=stdin, within=within)
        assert done.returncode == 0, f"{command} -> {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def shell(self, script: str, *arguments: str) -> str:
        return self.run("sh", "-euc", script, "-", *arguments)

    def write(self, path: str, text: str) -> None:
        self.run("sh", "-euc", 'mkdir -p "$(dirname "$1")"; cat >"$1"', "-", path, stdin=text)

    def install(self, *options: str, source: str = "/src") -> subprocess.CompletedProcess[str]:
        """`scripts/install`, from wheels alone."""
        settings = [f"{name}={value}" for name, value in offline("/wheels").items()]
        return self.ask("env", *settings, f"{source}/scripts/install", *options, within=240)

    def configure(self, **sections: dict) -> None:
        """Write the configuration anew."""
        lines = []
        for section, keys in sections.items():
            lines += [
                f"[{section.replace('__', '.')}]",
                *(f"{key} = {json.dumps(value)}" for key, value in keys.items()),
            ]
        self.run("sh", "-euc", "cat >/etc/healthsup/healthsup.toml", stdin="\n".join(lines))

    def drop_in(self, name: str, text: str) -> None:
        self.write(f"/etc/systemd/system/{UNIT}.d/{name}.conf", text)
        self.run("systemctl", "daemon-reload")

    def without_drop_ins(self) -> None:
        self.run("rm", "-rf", f"/etc/systemd/system/{UNIT}.d")
        self.run("systemctl", "daemon-reload")

    def show(self, *properties: str) -> dict[str, str]:
        out = self.run("systemctl", "show", UNIT, *(f"-p{name}" for name in properties))
        return dict(line.split("=", 1) for line in out.splitlines() if "=" in line)

    def wait(self, within: float = BOUND, **wanted: str) -> dict[str, str]:
        """Until each property of the unit matches its pattern, wholly."""
        end = time.monotonic() + within
        while True:
            found = self.show(*wanted)
            if all(re.fullmatch(pattern, found.get(name, "")) for name, pattern in wanted.items()):
                return found
            assert time.monotonic() < end, f"wanted {wanted}, found {found}\n{self.log()}"
            time.sleep(0.05)

    def log(self) -> str:
        return self.ask("journalctl", "-q", "-b", "-u", UNIT, "-n", "40", "-o", "short-precise").stdout

    def journal(self, *matches: str) -> list[dict]:
        self.run("journalctl", "--sync")
        lines = self.run("journalctl", "-q", "-b", "-o", "json", *matches).splitlines()
        return [json.loads(line) for line in lines]

    def wait_journal(self, *matches: str, count: int = 1, within: float = BOUND) -> dict:
        """The `count`-th record that matches, as soon as it is there."""
        end = time.monotonic() + within
        while len(found := self.journal(*matches)) < count:
            assert time.monotonic() < end, f"no {matches}\n{self.log()}"
            time.sleep(0.05)
        return found[count - 1]

    def worker(self) -> dict:
        """`healthsup worker show`."""
        return json.loads(self.run("healthsup", "worker", "show", "--json"))

    def processes(self) -> list[int]:
        """Of the unit."""
        return [int(pid) for pid in self.run("cat", f"/sys/fs/cgroup/system.slice/{UNIT}/cgroup.procs").split()]
