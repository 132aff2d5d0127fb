"""What every benchmark stands on: a PostgreSQL and a stand-in of its own, users with sealed credentials, and passes.

Nothing of it is the caller's: no configured database, no key, no setting. All of it is gone afterwards.
"""

import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402 - the checkout comes first
import urllib3  # noqa: E402

from supervisor.embedded import Embedded  # noqa: E402
from supervisor.standin import StandIn  # noqa: E402
from workers.secret import Secret  # noqa: E402
from workers.vault import Layout, Vault, read_key  # noqa: E402

WINDOW = 64
API = "openai"
_KEY = "a key of the benchmarks alone, long enough"
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_WITHIN_S = 900

# `healthsup check` without its printing: the pass itself, then what it cost the two processes.
_PASS = """
import json, os, resource, sys
from pathlib import Path
from supervisor import service
from supervisor.config.load import load
seen = 0
def rows(some):
    global seen
    seen += len(some)
loaded = load(Path(sys.argv[1]), os.environ)
if sys.argv[2:] == ["profile"]:
    import cProfile, pstats
    profile = cProfile.Profile()
    profile.runcall(service.check, loaded, service.CheckRequest(), rows)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(45)
else:
    service.check(loaded, service.CheckRequest(), rows)
def cpu(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
print(json.dumps([seen, cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)]))
"""


@dataclass(frozen=True, slots=True)
class Pass:
    """One `check` of everything: `seconds` from the worker's readiness to the last stored row; CPU with start-up."""

    users: int
    seconds: float
    supervisor_cpu_s: float
    worker_cpu_s: float
    database_cpu_s: float

    @property
    def rate(self) -> float:
        return self.users / self.seconds


class Setting:
    """`dsn` is the database's, `market` the stand-in."""

    def __init__(self, directory: Path, embedded: Embedded, market: StandIn) -> None:
        self.directory = directory
        self.market = market
        self.dsn = embedded.ensure().conninfo()
        self.postmaster = int((directory / "postgres/postmaster.pid").read_text().split()[0])
        self.config = directory / "healthsup.toml"
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(directory), "ENCRYPTION_KEY": _KEY, "LANG": "C.UTF-8"}
        self._vault = Vault(read_key(None, self.environ))
        self.configure()
        subprocess.run([*healthsup(), "migrate"], env=self.environ, cwd=ROOT, check=True, capture_output=True)

    def configure(self, **sections: dict[str, object]) -> None:
        """Write the configuration; `worker={"window": 4}` changes a key of a section."""
        given: dict[str, dict[str, object]] = {
            "database": {"dsn": self.dsn},
            "control": {"dir": str(self.directory / "run")},
            "probe": {"allow_private": True},
            "schedule": {"startup_probe": True, "user_pause": 0},
            "worker": {"window": WINDOW, "window_max": WINDOW},
            "log": {"format": "json", "level": "debug"},  # a `check` tells of its pass at no other level
            f"providers.{API}": {"base_url": self.market.base_url},
        }
        for section, keys in sections.items():
            given[section] = given.get(section, {}) | keys
        lines = []
        for section, keys in given.items():
            lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
        self.config.write_text("\n".join(lines), encoding="utf-8")
        self.environ["HEALTHSUP_CONFIG"] = str(self.config)

    def grow(self, users: int) -> None:
        """Add users, each with one good credential, until there are so many."""
        with psycopg.connect(self.dsn) as connection:
            (there,) = connection.execute("select count(*) from users").fetchone() or (0,)
            new = connection.execute(
                'insert into users (username, email, password, "updatedAt")'
                " select 'user' || n, 'user' || n || '@example.org', '-', now()"
                " from generate_series(%s::int, %s::int) n returning id",
                (there + 1, users),
            ).fetchall()
            into = 'copy api_credentials ("userId", "apiName", credentials, "updatedAt") from stdin'
            with connection.cursor().copy(into) as copy:
                for (user,) in new:
                    copy.write_row((user, API, self._sealed(user), datetime(2026, 1, 1)))  # noqa: DTZ001 - as Node

    def settle(self) -> None:
        """What autovacuum does within a minute."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("vacuum analyze")

    def _sealed(self, user: int) -> str:
        return self._vault.seal(Secret(json.dumps({"apiKey": f"sk-demo-good-u{user}-0123456789abcdef"})), Layout.GCM)

    def check(self, *, profile: bool = False) -> Pass:
        """One pass over everything, by a supervisor of its own."""
        before = self.database_cpu_s()
        command = [sys.executable, "-c", _PASS, str(self.config), *(["profile"] if profile else [])]
        done = subprocess.run(
            command, env=self.environ, cwd=ROOT, capture_output=True, text=True, timeout=_WITHIN_S, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        if profile:
            print(*[line for line in done.stderr.splitlines() if not line.startswith("{")], sep="\n")
        at = {}
        for line in done.stderr.splitlines():
            if line.startswith('{"at"'):
                told = json.loads(line)
                at[told["event"]] = datetime.fromisoformat(told["at"])
        users, supervisor_cpu_s, worker_cpu_s = json.loads(done.stdout)
        seconds = (at["pass.finished"] - at["worker.ready"]).total_seconds()
        return Pass(users, seconds, supervisor_cpu_s, worker_cpu_s, self.database_cpu_s() - before)

    def database_cpu_s(self) -> float:
        """Of the postmaster and everything it has started, living or gone."""
        return cpu_s(self.postmaster, reaped=True) + sum(cpu_s(pid) for pid in children(self.postmaster))


@contextmanager
def setting(*, latency_s: float = 0.0, counted: bool = False) -> Iterator[Setting]:
    """`counted`: PostgreSQL counts statements (pg_stat_statements)."""
    with ExitStack() as exits:
        directory = Path(tempfile.mkdtemp(prefix="healthsup-bench-", dir="/tmp"))
        exits.callback(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o711)  # as root, PostgreSQL runs as another user
        market = exits.enter_context(StandIn(latency_s=latency_s))
        embedded = exits.enter_context(Embedded(directory / "postgres"))
        if counted:
            with psycopg.connect(embedded.ensure().conninfo(), autocommit=True) as connection:
                connection.execute("alter system set shared_preload_libraries = 'pg_stat_statements'")
                connection.execute("create extension pg_stat_statements")
            embedded.stop()
        yield Setting(directory, embedded, market)


def bare_rate(bench: Setting, requests: int) -> float:
    """Requests a second of as many threads as the window is wide, around one urllib3 pool of kept connections."""
    pool = urllib3.HTTPConnectionPool("127.0.0.1", bench.market.port, maxsize=WINDOW)
    headers = {"Authorization": "Bearer sk-demo-good-u1-0123456789abcdef", "Accept": "application/json"}
    turns = itertools.count()

    def ask() -> None:
        while next(turns) < requests:
            answer = pool.urlopen("GET", "/v1/models", headers=headers, redirect=False, retries=False)
            assert answer.status == 200

    threads = [threading.Thread(target=ask) for _ in range(WINDOW)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    pool.close()
    return requests / seconds


def healthsup() -> list[str]:
    return [sys.executable, "-m", "supervisor"]


def cpu_s(pid: int, *, reaped: bool = False) -> float:
    """User and system time of a process, and of the children it has reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11 : 15 if reaped else 13]) * _TICK_S


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def verdict(goal: str, figure: float, bound: float, *, at_most: bool, digits: int = 2) -> None:
    """The line that says whether a goal is met."""
    met = figure <= bound if at_most else figure >= bound
    sign = "≤" if at_most else "≥"
    print(f"{'met   ' if met else 'MISSED'}  {goal}: {figure:.{digits}f} (goal {sign} {bound:g})")


def machine() -> None:
    """Where and under what load these figures were taken."""
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}, Python {sys.version.split()[0]}, {time.strftime('%Y-%m-%d %H:%M')}")
