"""How long from a native crash to the next job's success, what does it cost the others, and who is blamed?

healthsup and its peers in one run, one worker each, all with the same job: open one sealed credential and ask the
stand-in, which answers after 5 ms. The peers run the worker's own code for it. `--quick` repeats less; names of
peers restrict the run to them. The peers are no dependency of healthsup: `pip install -r benchmarks/requirements.txt`.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path

from setting import ROOT, machine, verdict

PEERS_AT = Path(__file__).resolve().parent / "peers"
sys.path.insert(0, str(PEERS_AT))

from board import Board  # noqa: E402 - the checkout comes first
from trials import DEADLINE_S, PEERS, QUEUE  # noqa: E402

from supervisor.standin import StandIn  # noqa: E402
from workers.secret import Secret  # noqa: E402
from workers.vault import Layout, Vault, read_key  # noqa: E402

_LATENCY_S = 0.005
_KEY = "a key of the benchmarks alone, long enough"
_TRIAL_WITHIN_S = 60
_GONE_WITHIN_S = 2.0
_MODULES = {"pebble": "pebble", "loky": "loky", "celery prefork": "celery"}
TIMES = {"cold": 5, "crash": 20, "hang": 5, "twice": 25, "poison": 10, "orphan": 3}
QUICK = {"cold": 2, "crash": 4, "hang": 2, "twice": 8, "poison": 4, "orphan": 1}
SLOW = {"cold": 3, "crash": 8, "twice": 2, "hang": 3, "poison": 2, "orphan": 2}  # of peers that take a second for each


class Bench:
    """Runs the trials of one contestant after another, each in a process of its own."""

    def __init__(self, directory: Path, market: StandIn, times: dict[str, int]) -> None:
        self.times = times
        self._directory = directory
        self._trials = 0
        vault = Vault(read_key(None, {"ENCRYPTION_KEY": _KEY}))
        texts = {
            kind: vault.seal(Secret(json.dumps({"apiKey": f"sk-demo-good-fault-{kind}-probe-0123456789"})), Layout.GCM)
            for kind in ("good", "segv", "hang")
        }
        self._environ = {
            "PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8", "PYTHONPATH": f"{ROOT}:{PEERS_AT}",
            "ENCRYPTION_KEY": _KEY, "BENCH_MARKET": market.base_url, "BENCH_TEXTS": json.dumps(texts),
        }  # fmt: skip

    def all_of(self, name: str) -> dict:
        """What every trial found."""
        times = self.times if name != "celery prefork" else {k: min(n, SLOW.get(k, n)) for k, n in self.times.items()}
        cold = [self._trial(name, "cold", 1)["ms"][0] for _ in range(times["cold"])]
        found = {"cold": cold} | {
            trial: self._trial(name, trial, times[trial]) for trial in ("crash", "hang", "twice", "poison")
        }
        return found | {"orphans": [self._orphans(name) for _ in range(times["orphan"])]}

    def _start(self, name: str, trial: str, times: int) -> subprocess.Popen[str]:
        self._trials += 1
        board = self._directory / f"board-{self._trials}"
        Board(board, create=True)
        environ = self._environ | {"BENCH_BOARD": str(board), "BENCH_TRIAL": str(self._trials)}
        self._log = self._directory / f"log-{self._trials}"
        return subprocess.Popen(
            [sys.executable, str(ROOT / "benchmarks/peers/trials.py"), name, trial, str(times)],
            env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log.open("wb"), text=True,
            start_new_session=True,
        )  # fmt: skip

    def _trial(self, name: str, trial: str, times: int) -> dict:
        process = self._start(name, trial, times)
        try:
            told, _ = process.communicate(timeout=_TRIAL_WITHIN_S)
        except subprocess.TimeoutExpired:
            print(f"  {name}, {trial}: given up after {_TRIAL_WITHIN_S} s", flush=True)
            return {}
        finally:
            end(process)
        if not told:
            raise SystemExit(f"{name}, {trial}:\n{self._log.read_text()[-3000:]}")
        return json.loads(told.splitlines()[-1])

    def _orphans(self, name: str) -> tuple[int, float]:
        """The parent is killed while its worker hangs: processes that are left after two seconds, and for how long."""
        process = self._start(name, "orphan", 1)
        try:
            assert process.stdout
            told = json.loads(process.stdout.readline())
            os.kill(told["parent"], signal.SIGKILL)
            began = time.monotonic()
            while (left := living(told["family"])) and time.monotonic() < began + _GONE_WITHIN_S:
                time.sleep(0.001)
            seconds = time.monotonic() - began
        finally:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            end(process)
        return len(left), seconds


def end(process: subprocess.Popen[str]) -> None:
    """The trial and what it has started in its session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def living(pids: list[int]) -> list[int]:
    """Those that are no zombies either."""
    found = []
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            found.append(pid)
    return found


def main(arguments: list[str]) -> None:
    names = [one for one in arguments if not one.startswith("-")]
    times = QUICK if "--quick" in arguments else TIMES
    machine()
    began = time.monotonic()
    rows: dict[str, dict] = {}
    with ExitStack() as exits:
        directory = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="healthsup-bench-")))
        market = exits.enter_context(StandIn(latency_s=_LATENCY_S))
        bench = Bench(directory, market, times)
        for name in ("healthsup", *PEERS):
            if names and name not in names:
                continue
            if name in _MODULES and find_spec(_MODULES[name]) is None:
                print(f"{name} is not installed: pip install -r benchmarks/requirements.txt")
                continue
            rows[name] = bench.all_of(name)
            print(f"  {name} is done, {time.monotonic() - began:.0f} s", flush=True)
    tell(rows)
    machine()
    tell_goals(rows)


def tell(rows: dict[str, dict]) -> None:
    width = max(map(len, rows))
    print(
        f"\nms; innocents: of the {QUEUE - 1} jobs waiting at each crash; hang: after a deadline of {DEADLINE_S:g} s\n"
        "ended re-run: jobs run again, of those that had ended when their worker was killed and whose parent did not\n"
        "know it yet; poison runs: of so many tries; parent: left of all trials after its end, or for how long\n"
        f"{'':{width}} cold start  crash → next success       hang → next   innocents   ended     poison    after the\n"
        f"{'':{width}}        p50      p50     p99  of cold     p50     max   failed      re-run    runs      parent"
    )
    for name, row in rows.items():
        cold, crash, hang, twice = statistics.median(row["cold"]), row["crash"], row["hang"].get("ms"), row["twice"]
        late = f"{statistics.median(hang):7.1f} {max(hang):7.1f}" if hang else "   never   never"
        left = sum(count for count, _ in row["orphans"])
        gone = f"0 ({max(seconds for _, seconds in row['orphans']) * 1000:.0f} ms)"
        print(
            f"{name:{width}} {cold:10.1f} {p50(row):8.1f} {percentile(crash['ms'], 99):7.1f}"
            f" {p50(row) / cold:8.3f} {late}"
            f" {crash['innocents']:5}/{crash['waiting']:<5} {of(twice, 'twice', 'hits')}"
            f" {of(row['poison'], 'runs', 'tries')} {f'{left} processes' if left else gone}"
        )
    print("\nwho is blamed, in the words of each")
    for name, row in rows.items():
        print(f"{name:{width}} {row['crash']['blamed'][:150]}")
        if times := row["twice"].get("unusable"):
            print(
                f"{'':{width}} (after {times} of {row['twice']['kills']} kills from outside it hung or refused work"
                " and was made anew)"
            )


def tell_goals(rows: dict[str, dict]) -> None:
    own = rows.get("healthsup")
    if own is None:
        return
    verdict("crash → next success, p50 ms", p50(own), 8, at_most=True)
    verdict("against its own cold start", p50(own) / statistics.median(own["cold"]), 1 / 15, at_most=True, digits=3)
    if "pebble" in rows:
        verdict("against pebble", p50(own) / p50(rows["pebble"]), 1 / 12, at_most=True, digits=3)
    verdict("hang → next success beyond the deadline, max ms", max(own["hang"]["ms"]), 15, at_most=True)
    verdict("innocents failed", own["crash"]["innocents"], 0, at_most=True, digits=0)
    verdict(
        f"ended jobs that were run again, of {own['twice']['hits']}", own["twice"]["twice"], 0, at_most=True, digits=0
    )
    verdict("runs of a poison job", own["poison"]["runs"], 2, at_most=True, digits=0)
    verdict("processes left after the parent's end", sum(n for n, _ in own["orphans"]), 0, at_most=True, digits=0)


def of(found: dict, counted: str, among: str) -> str:
    return f"{found[counted]:6}/{found[among]:<4}" if found.get(among) else f"{'-':>9}  "


def p50(row: dict) -> float:
    return statistics.median(row["crash"]["ms"])


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


if __name__ == "__main__":
    main(sys.argv[1:])
