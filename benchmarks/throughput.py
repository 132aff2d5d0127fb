"""How many users a second are probed, judged and stored over local http, against a bare urllib3 loop beside it?

A database that grows from 10^2 to 10^5 users. At each size one pass that stores everything for the first time, then
passes in which nothing changes, as on most days, between runs of the bare loop: as many threads, the same server, the
same request. What one more user costs is told from two sizes, so that start-up is not in it.
"""

import argparse
import itertools
import statistics
from dataclasses import dataclass

import psycopg
from setting import Pass, Setting, bare_rate, cpu_s, machine, own_cpu_s, setting, verdict

_SIZES = (100, 1_000, 10_000, 100_000)
_ROUNDS = {10_000: 3}  # of measured passes; the goals are told at this size
_BARE_REQUESTS = 5000


@dataclass(frozen=True, slots=True)
class Measured:
    """Passes over so many users: the first, then the median of the steady ones, as all figures here."""

    users: int
    first: Pass
    rate: float
    ratio: float
    statements: int
    supervisor_cpu_s: float
    worker_cpu_s: float
    database_cpu_s: float

    @property
    def seconds(self) -> float:
        return self.users / self.rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=_SIZES[-1], metavar="N", help="no more users than this")
    largest = parser.parse_args().users
    machine()
    print("  users   first/s  steady/s   bare/s  ratio  statements  CPU µs of supervisor  worker  database, per user")
    with setting(counted=True) as bench:
        rows = [measured(bench, size) for size in _SIZES if size <= largest]
        tell_bare(bench)
    tell_growth(rows)
    machine()
    tell_goals(rows)


def measured(bench: Setting, users: int) -> Measured:
    bench.grow(users)
    first = bench.check()
    bench.settle()
    with psycopg.connect(bench.dsn, autocommit=True) as connection:
        connection.execute("select pg_stat_statements_reset()")
    bares, steady = [bare_rate(bench, _BARE_REQUESTS)], []
    for _ in range(_ROUNDS.get(users, 1)):
        steady.append(bench.check())
        bares.append(bare_rate(bench, _BARE_REQUESTS))
    with psycopg.connect(bench.dsn, autocommit=True) as connection:
        found = connection.execute("select sum(calls)::int from pg_stat_statements").fetchone()
    assert found
    assert all(one.users == users for one in (first, *steady)), steady
    rate = statistics.median(one.rate for one in steady)
    beside = [(before + after) / 2 for before, after in itertools.pairwise(bares)]
    row = Measured(
        users,
        first,
        rate,
        statistics.median(one.rate / bare for one, bare in zip(steady, beside, strict=True)),
        round((found[0] - 1) / len(steady)),
        statistics.median(one.supervisor_cpu_s for one in steady),
        statistics.median(one.worker_cpu_s for one in steady),
        statistics.median(one.database_cpu_s for one in steady),
    )
    print(
        f"{users:7} {first.rate:9.0f} {rate:9.0f} {statistics.median(beside):8.0f} {row.ratio:6.2f}"
        f" {row.statements / users:11.4f} {row.supervisor_cpu_s / users * 1e6:21.0f}"
        f" {row.worker_cpu_s / users * 1e6:7.0f} {row.database_cpu_s / users * 1e6:9.0f}",
        flush=True,
    )
    return row


def tell_bare(bench: Setting) -> None:
    """CPU of one bare request, at both ends."""
    own, served = own_cpu_s(), cpu_s(bench.market.pid)
    bare_rate(bench, _BARE_REQUESTS)
    client_us, server_us = (
        (own_cpu_s() - own) / _BARE_REQUESTS * 1e6,
        (cpu_s(bench.market.pid) - served) / _BARE_REQUESTS * 1e6,
    )
    print(f"bare loop: {client_us:.0f} µs of CPU a request in the client, {server_us:.0f} µs in the stand-in")


def tell_growth(rows: list[Measured]) -> None:
    for small, large in itertools.pairwise(rows):
        more = large.users - small.users
        print(
            f"one more user between {small.users} and {large.users}: {slope(small, large) * 1e6:.0f} µs, CPU of the "
            f"supervisor {(large.supervisor_cpu_s - small.supervisor_cpu_s) / more * 1e6:.0f} µs, of the worker "
            f"{(large.worker_cpu_s - small.worker_cpu_s) / more * 1e6:.0f} µs, of the database "
            f"{(large.database_cpu_s - small.database_cpu_s) / more * 1e6:.0f} µs, "
            f"{(large.statements - small.statements) / more:.4f} statements"
        )


def tell_goals(rows: list[Measured]) -> None:
    told = next((row for row in rows if row.users in _ROUNDS), rows[-1])
    small = rows[0]
    more = told.users - small.users
    verdict(f"users/s of {told.users}, against the bare loop", told.ratio, 0.7, at_most=False)
    verdict(f"users/s of {told.users}", told.rate, 2000, at_most=False, digits=0)
    if more:
        verdict("SQL statements a user", (told.statements - small.statements) / more, 0.02, at_most=True, digits=4)
        cpu_us = (told.supervisor_cpu_s - small.supervisor_cpu_s) / more * 1e6
        verdict("CPU µs of the supervisor a user", cpu_us, 40, at_most=True, digits=0)
    if len(rows) > 2:
        growth = slope(*rows[-2:]) / slope(*rows[:2])
        verdict("flat: one more user at the largest size, against the smallest", growth, 1.25, at_most=True)


def slope(small: Measured, large: Measured) -> float:
    """Seconds for one more user."""
    return (large.seconds - small.seconds) / (large.users - small.users)


if __name__ == "__main__":
    main()
