"""A process that keeps an embedded PostgreSQL: run as a program it obeys stdin, imported it starts such a process.

A program may be killed, may be another user, and may end before or after another; a test process may not.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


class Keeper:
    """The handle of such a process. `with` ends it in an orderly way if it still runs."""

    def __init__(self, data_dir, *, user=None, python=sys.executable, cwd=None, environ=None):
        self._process = subprocess.Popen(
            [python, __file__, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": search_path(), **(environ or {}), **_binaries()},
            **({} if user is None else {"user": user[0], "group": user[1], "extra_groups": []}),
        )
        self.pid = self._process.pid

    def ensure(self):
        """What the other process found: {owned, conninfo, uid} or {error, kind}."""
        self._process.stdin.write("ensure\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def begin(self):
        """Say it without waiting for the answer."""
        self._process.stdin.write("ensure\n")
        self._process.stdin.flush()

    def answer(self):
        return json.loads(self._process.stdout.readline())

    def kill(self):
        self._process.kill()
        self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)


def search_path():
    """Where another interpreter of the same version finds us and the packages of this one."""
    return os.pathsep.join([str(REPOSITORY), *(path for path in sys.path if path.endswith("site-packages"))])


def python_for(user):
    """An interpreter that this user can run and that finds our packages; None where there is none."""
    code = "import sys, supervisor.embedded as e; assert sys.version_info >= (3, 11); e.locate()"
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            done = subprocess.run(
                [python, "-c", code],
                user=user[0],
                group=user[1],
                extra_groups=[],
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "PYTHONPATH": search_path(), **_binaries()},
                capture_output=True,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python
    return None


def _binaries():
    return {name: os.environ[name] for name in ("HEALTHSUP_PG_BIN",) if name in os.environ}


def main():
    from supervisor.embedded import Embedded
    from supervisor.errors import HealthsupError

    embedded = Embedded(Path(sys.argv[1]))
    for _ in sys.stdin:
        try:
            address = embedded.ensure()
        except HealthsupError as error:
            answer = {"error": str(error), "kind": type(error).__name__}
        else:
            answer = {"owned": embedded.owned, "conninfo": address.conninfo(), "uid": os.getuid()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    embedded.stop()


if __name__ == "__main__":
    main()
