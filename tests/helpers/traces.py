"""What a PostgreSQL leaves on the machine: processes, shared memory, directories of sockets."""

import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg


def eventually(condition, within=30.0):
    """Whether `condition` comes true; polled, so that a test never sleeps for nothing."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


def postmaster(data_dir):
    return int((Path(data_dir) / "postmaster.pid").read_text().split("\n")[0])


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def zygotes(supervisor: int) -> list[int]:
    """The pid of a supervisor's zygote; none in the moment between one and the next."""
    return [one for one in children(supervisor) if b"zygote" in Path(f"/proc/{one}/cmdline").read_bytes()]


def at_work(data_dir):
    """Pids of all processes that have the data directory as working directory, zombies not counted."""
    home = Path(data_dir).stat()
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            here = (entry / "cwd").stat()
        except OSError:
            continue
        if (here.st_dev, here.st_ino) == (home.st_dev, home.st_ino):
            found.add(int(entry.name))
    return found


def shared_memory_of(pid):
    """SysV segments that the process made, and POSIX ones of any PostgreSQL."""
    rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return [row for row in rows if int(row.split()[4]) == pid]


@contextmanager
def short_temporary(monkeypatch):
    """A temporary directory for this test alone, short enough for the path of a socket in it."""
    directory = Path(tempfile.mkdtemp(prefix="hs-", dir="/tmp"))
    directory.chmod(0o711)  # as root, a server runs as another user
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def ask(conninfo, query):
    """All rows of one query in a session of its own."""
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query).fetchall()


def tell(conninfo, *statements):
    with psycopg.connect(conninfo) as connection:
        for statement in statements:
            connection.execute(statement)
