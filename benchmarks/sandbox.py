"""What does the worker's sandbox cost: in throughput, and between a native crash and the next job's success?

Passes over the same users, and the crashes of `recovery.py`, with `worker.sandbox` off and on in turns within one run:
the ratios count. Also what one confinement takes, and one system call.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from recovery import Bench
from setting import Pass, machine, setting, verdict

from supervisor.standin import StandIn

_LATENCY_S = 0.005
_GOAL = 1.03
_CALLS = """
import os, sys, time
from workers import sandbox
if sys.argv[1] == "on":
    sandbox.close_in()
    sandbox.confine_zygote()
    began = time.perf_counter()
    sandbox.confine(ports=(443, 53), memory_mib=2048)
    sandbox.forbid_unix_sockets()
    took = time.perf_counter() - began
else:
    took = 0.0
best = 9e9
for _ in range(40):
    began = time.perf_counter()
    for _ in range(20_000):
        os.getuid()
    best = min(best, time.perf_counter() - began)
print(took * 1e3, best / 20_000 * 1e9)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=3000, metavar="N")
    parser.add_argument("--rounds", type=int, default=8, metavar="N", help="turns of off and on")
    given = parser.parse_args()
    machine()
    passes = throughput(given.users, given.rounds)
    cpu = {name: [one.worker_cpu_s / one.users * 1e6 for one in some] for name, some in passes.items()}
    wall = {name: [one.seconds / one.users * 1e6 for one in some] for name, some in passes.items()}
    crashes = recovery(given.rounds)
    tell("CPU of the worker, µs a user", cpu)
    tell("wall time, µs a user", wall)
    tell("crash → next success, ms", crashes)
    confined = calls("on")
    print(f"one confinement: {confined[0]:.2f} ms; a system call: {confined[1]:.0f} ns, {calls('off')[1]:.0f} without")
    machine()
    verdict("throughput: CPU of the worker, of that without", ratio(cpu), _GOAL, at_most=True, digits=3)
    verdict("throughput: wall time, of that without", ratio(wall), _GOAL, at_most=True, digits=3)
    verdict("recovery, of that without", ratio(crashes), _GOAL, at_most=True, digits=3)


def throughput(users: int, rounds: int) -> dict[str, list[Pass]]:
    found: dict[str, list[Pass]] = {"off": [], "auto": []}
    with setting() as bench:
        bench.grow(users)
        bench.check()
        bench.settle()
        for number in range(rounds):
            for sandbox in _turn(number):
                bench.configure(worker={"window": 64, "window_max": 64, "sandbox": sandbox})
                found[sandbox].append(bench.check())
    return found


def recovery(rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"off": [], "auto": []}
    with ExitStack() as exits:
        directory = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="healthsup-bench-")))
        market = exits.enter_context(StandIn(latency_s=_LATENCY_S))
        bench = Bench(directory, market, {})
        for number in range(rounds):
            for sandbox in _turn(number):
                bench._environ["BENCH_SANDBOX"] = sandbox
                found[sandbox] += bench._trial("healthsup", "crash", 12)["ms"]
    return found


def _turn(number: int) -> tuple[str, str]:
    """Whoever is first in one round is second in the next."""
    return ("off", "auto") if number % 2 else ("auto", "off")


def calls(state: str) -> tuple[float, float]:
    command = [sys.executable, "-c", _CALLS, state]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": "."})
    confined, call = map(float, done.stdout.split())
    return confined, call


def tell(what: str, found: dict[str, list[float]]) -> None:
    for sandbox, values in found.items():
        ordered = sorted(values)
        quarter = len(ordered) // 4
        print(
            f"{what}, sandbox {sandbox:4}: median {statistics.median(values):8.2f}, "
            f"middle half {ordered[quarter]:.2f} to {ordered[-1 - quarter]:.2f}, of {len(values)}"
        )


def ratio(found: dict[str, list[float]]) -> float:
    return statistics.median(found["auto"]) / statistics.median(found["off"])


if __name__ == "__main__":
    main()
