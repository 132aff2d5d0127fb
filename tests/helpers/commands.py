"""Running the command line: in this process where only words matter, as a process of its own where the system does."""

import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from supervisor.cli import edge

ROOT = Path(__file__).parents[2]
KEY = "a key for tests, long enough for everyone"
_WITHIN = 60.0


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    def refused(self, code: int) -> str:
        """The one line on stderr of a refusal with this exit code."""
        assert (self.code, self.out) == (code, ""), self
        (line,) = self.err.splitlines()
        assert line.startswith("healthsup: ")
        assert line.isprintable()
        assert "Traceback" not in line
        return line


def in_process(capsys, *arguments: str) -> Done:
    capsys.readouterr()
    code = edge.run(arguments)
    said = capsys.readouterr()
    return Done(code, said.out, said.err)


class Shell:
    """`healthsup` as a process, in an environment that holds only what is given."""

    def __init__(self, home: Path, **environ: str) -> None:
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "HEALTHSUP_CONTROL__DIR": str(home / "control"),
            **environ,
        }

    def run(self, *arguments: str, stdin: str = "", **environ: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "supervisor", *arguments],
            env={**self.environ, **environ},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=_WITHIN,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def on_terminal(self, *arguments: str) -> str:
        """What a terminal 200 columns wide would be sent."""
        master, slave = pty.openpty()
        environ = {**self.environ, "COLUMNS": "200", "TERM": "xterm-256color"}
        process = subprocess.Popen(
            [sys.executable, "-m", "supervisor", *arguments], env=environ, stdin=slave, stdout=slave, stderr=slave
        )
        os.close(slave)
        pieces = []
        try:
            while piece := os.read(master, 65536):
                pieces.append(piece)
        except OSError:  # the terminal's other end is closed
            pass
        finally:
            os.close(master)
            process.wait(_WITHIN)
        return b"".join(pieces).decode()
