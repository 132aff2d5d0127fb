"""Does `run` stay the same while one request in a hundred kills its worker, minute after minute?

A database and a stand-in of its own; the worker is the one that crashes on command, named in Python as `chaos` does.
Some of the killers die right after their answer, so that nobody can be blamed; the others are quarantined, and let
out again by an owner who saves the credential anew. Triggers in the database note down what is taken and stored.
"""

import argparse
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
from setting import Setting, machine, setting

from supervisor.chaos.system import PROGRAM, size
from supervisor.stage import Daemon
from supervisor.store import Store
from supervisor.store.witness import Witness
from workers.secret import Secret
from workers.vault import Layout, Vault, read_key

_FAULTS = ("segv-sent", "segv-probe", "abort-sent", "kill-decrypt", "exit-sent", "bus-connect")
_KILLER_EVERY = 170  # users: one that is quarantined kills twice or more
_INTERVAL_S = 20
_WINDOW = 8
_PARTS = 60  # of the time that was asked for, a line each; not shorter than a minute

_STATEMENTS = "select sum(calls)::bigint from pg_stat_statements"
_SAVE = "update api_credentials set credentials = %s, \"updatedAt\" = now() at time zone 'UTC' where id = %s"
_LEDGER = """
select count(*) filter (where kind = 'stored'),
  count(*) filter (where kind = 'taken') - count(distinct (credential_id, attempt)) filter (where kind = 'stored')
    - (select count(*) from healthsup.checks where leased_by is not null),
  count(*) filter (where kind = 'stored') - count(distinct (credential_id, attempt)) filter (where kind = 'stored')
from witness.seen
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What stood on the meters at one moment."""

    at: float
    statements: int
    stored: int
    lines: int
    deaths: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, metavar="M")
    parser.add_argument("--users", type=int, default=1200, metavar="N", help=f"each checked every {_INTERVAL_S} s")
    given = parser.parse_args()
    machine()
    with setting(counted=True) as bench:
        bench.grow(given.users)
        bench.configure(
            schedule={"interval": _INTERVAL_S, "startup_probe": True, "user_pause": 0},
            worker={"window": _WINDOW, "window_max": _WINDOW},
            log={"format": "json", "level": "info"},
        )
        killers = Killers(bench)
        with Store(bench.dsn, schema=None, pool_max=1, pool_timeout=20.0, owner="endurance") as store:
            Witness(store).install()
        bench.settle()
        with Daemon(bench.config, bench.environ, program=PROGRAM) as daemon:
            Watch(bench, daemon, killers).keep(given.minutes * 60)
    machine()


class Killers:
    """Some credentials, spread over all users, with a fault each."""

    def __init__(self, bench: Setting) -> None:
        self._bench = bench
        self._vault = Vault(read_key(None, bench.environ))
        with psycopg.connect(bench.dsn) as connection:
            found = connection.execute('select id, "userId" from api_credentials order by id').fetchall()
        self._faults = dict(zip(found[::_KILLER_EVERY], itertools.cycle(_FAULTS), strict=False))
        self.save(self._faults)

    def come_back(self) -> None:
        """Those that are quarantined sooner or later are saved anew, so that they are tried again."""
        self.save(killer for killer, fault in self._faults.items() if not fault.endswith("-sent"))

    def save(self, killers: Iterable[tuple[int, int]]) -> None:
        with psycopg.connect(self._bench.dsn) as connection:
            for credential, user in killers:
                text = json.dumps({"apiKey": f"sk-demo-good-u{user}-fault-{self._faults[credential, user]}-0123456789"})
                connection.execute(_SAVE, (self._vault.seal(Secret(text), Layout.GCM), credential))


class Watch:
    """Reads the log as it comes, and the meters once a minute."""

    def __init__(self, bench: Setting, daemon: Daemon, killers: Killers) -> None:
        self._bench = bench
        self._daemon = daemon
        self._killers = killers
        self._told: Counter[str] = Counter()

    def keep(self, seconds: float) -> None:
        began = self._read()
        size_began = None
        last, free_at = began, began.at
        print("  min  rss MiB  descriptors  users/s  statements/user  log lines/min  deaths/min  of requests")
        for line_at in self._moments(began.at, seconds):
            while (now := time.monotonic()) < line_at:
                if now >= free_at:
                    free_at += _INTERVAL_S
                    self._killers.come_back()
                self._told.update(event["event"] for event in self._daemon.read(min(line_at, free_at) - now))
            new = self._read()
            self._line(began, last, new)
            size_began = size_began or size(self._daemon.pid)
            last = new
        size_ended = size(self._daemon.pid)
        self._sum_up(began, last, size_began or size_ended, size_ended)

    def _moments(self, began: float, seconds: float) -> Iterator[float]:
        every = max(60.0, seconds / _PARTS)
        number = max(1, round(seconds / every))
        return (began + seconds * (part + 1) / number for part in range(number))

    def _read(self) -> Reading:
        with psycopg.connect(self._bench.dsn) as connection:
            (statements,) = connection.execute(_STATEMENTS).fetchone() or (0,)
            (stored,) = connection.execute("select count(*) from witness.seen where kind = 'stored'").fetchone() or (0,)
        return Reading(time.monotonic(), statements, stored, self._daemon.lines, self._told["worker.died"])

    def _line(self, began: Reading, last: Reading, new: Reading) -> None:
        rss, descriptors = size(self._daemon.pid)
        minutes, stored = (new.at - last.at) / 60, max(1, new.stored - last.stored)
        deaths = new.deaths - last.deaths
        print(
            f"{(new.at - began.at) / 60:5.1f} {rss:8.1f} {descriptors:12} {stored / minutes / 60:8.1f}"
            f" {(new.statements - last.statements) / stored:16.4f} {(new.lines - last.lines) / minutes:14.0f}"
            f" {deaths / minutes:11.1f} {deaths / stored:12.2%}",
            flush=True,
        )

    def _sum_up(self, began: Reading, last: Reading, first: tuple[float, int], end: tuple[float, int]) -> None:
        with psycopg.connect(self._bench.dsn) as connection:
            stored, lost, doubled = connection.execute(_LEDGER).fetchone() or (0, 0, 0)
        minutes = (last.at - began.at) / 60
        print(f"{minutes:.1f} minutes, {stored} outcomes, {last.deaths} deaths; lost {lost}, stored twice {doubled}")
        print(f"supervisor: {first[0]:.1f} MiB after the first part, {end[0]:.1f} at the end", end="; ")
        print(f"descriptors {first[1]}, {end[1]}")
        print(f"statements a user {(last.statements - began.statements) / max(1, stored):.4f}", end="; ")
        print(f"log lines a minute {(last.lines - began.lines) / minutes:.0f}", end="; ")
        print(f"of what: {dict(self._told.most_common(8))}")
        print(f"ended with {self._daemon.stop()}")


if __name__ == "__main__":
    main()
