"""How much memory do worker, supervisor and embedded database hold after a thousand users?

A `healthsup run` with a window of 64, read when its first pass is done. PSS: a page that several processes map counts
in each of them by its share. To be run as root: the worker's memory can be read by nobody else.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from setting import ROOT, Setting, children, healthsup, machine, setting, verdict

_USERS = 1000


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB. `own`: what nobody else maps."""

    pss: float = 0.0
    rss: float = 0.0
    own: float = 0.0

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.pss + other.pss, self.rss + other.rss, self.own + other.own)


def main() -> None:
    if os.geteuid() != 0:
        raise SystemExit("run it as root: the worker is not dumpable, its memory can be read by nobody else")
    machine()
    with setting() as bench:
        bench.grow(_USERS)
        found = measured(bench)
    found["bare Python beside"] = bare_python()
    print(f"{'MiB':24} {'PSS':>7} {'RSS':>7} {'own':>7}")
    for name, one in found.items():
        print(f"{name:24} {one.pss:7.1f} {one.rss:7.1f} {one.own:7.1f}")
    machine()
    for name, bound in (("worker", 40), ("supervisor", 55), ("database", 20)):
        verdict(f"{name}, MiB PSS", found[name].pss, bound, at_most=True, digits=1)


def measured(bench: Setting) -> dict[str, Memory]:
    process = subprocess.Popen(
        [*healthsup(), "run"], env=bench.environ, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    worker = 0
    try:
        for line in process.stderr:
            told = json.loads(line)
            if told["event"] == "worker.ready":
                worker = told["pid"]
            if told["event"] == "pass.finished":
                assert told["users"] == _USERS, told
                break
        others = [pid for pid in descendants(process.pid) if pid != worker]
        found = {"worker": memory(worker), "supervisor": memory(process.pid)}
        if others:
            found[f"{len(others)} more of the worker"] = sum(map(memory, others), Memory())
        found["database"] = sum(map(memory, [bench.postmaster, *children(bench.postmaster)]), Memory())
        return found
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def bare_python() -> Memory:
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        found = memory(process.pid)
        process.communicate(b"\n")
    return found


def descendants(pid: int) -> list[int]:
    below = children(pid)
    return below + [grandchild for child in below for grandchild in descendants(child)]


def memory(pid: int) -> Memory:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return Memory(kib["Pss"] / 1024, kib["Rss"] / 1024, (kib["Private_Clean"] + kib["Private_Dirty"]) / 1024)


if __name__ == "__main__":
    main()
