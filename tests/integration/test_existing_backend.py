"""Beside an existing backend of two thousand users: one pass finds every row right and touches nothing of theirs."""

import json
from collections import Counter
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.helpers.population import STATUSES, Maker, Row, expected, insert
from tests.helpers.system import System, sealer

_USERS = 2000
_SEED = 20_251_125


@pytest.mark.slow
def test_one_pass_over_two_thousand_users_finds_every_row_right_and_two_more_change_nothing(system):
    system.dsn = _as_prisma_writes_it(system.conninfo)
    system.configure(worker={"window": 64})
    active, rows = _population(system)
    truth = expected(active, rows)
    tenants = system.tenants
    before = tenants.fingerprint()
    system.market.clear()

    told = _pass(system)

    assert Counter(_key(line) for line in told) == Counter(dict.fromkeys(truth, 1)), "each is told exactly once"
    for line in told:
        assert _verdict_told(line) == _verdict_due(truth[_key(line)]), (line, truth[_key(line)])
    snapshots = _snapshots(system)
    assert snapshots.keys() == truth.keys()
    for key, snapshot in snapshots.items():
        assert snapshot == _snapshot_due(truth[key]), (key, truth[key])
    history = (
        'select "userId", "apiName", environment, "previousStatus", status from api_status_history order by 1, 2, 3'
    )
    first = tenants.rows(history)
    assert first == sorted((*key, None, STATUSES[row.reason][0]) for key, row in truth.items())
    assert _times_asked(system) == {"good": {1}, "blip": {2}}, "shared or not, probed once a pass"
    assert tenants.fingerprint() == before

    for _ in range(2):
        assert {_key(line): _verdict_told(line) for line in _pass(system)} == {
            key: _verdict_due(row) for key, row in truth.items()
        }
        assert tenants.rows(history) == first, "what did not change is no history"
    assert tenants.fingerprint() == before
    asked = _times_asked(system)
    assert asked["good"] == {3}
    assert asked["blip"] <= {3, 4}, "of four questions in so short a time a budget may forbid the last"
    assert tenants.value("select count(*) from healthsup.checks where leased_by is not null") == 0


def _population(system: System) -> tuple[list[int], list[Row]]:
    tenants = system.tenants
    maker = Maker(system.seal, sealer("another installation's key, as long as it must be"), _SEED)
    users = tenants.users(_USERS)
    sleeping = users[7::37]
    tenants.run('update users set "isActive" = false where id = any (%s)', sleeping)
    rows = [row for user in users for row in maker.own(user)]
    rows += _shared(maker, users[0], users[7])
    insert(tenants, rows)
    assert {":" in row.text for row in rows if row.reason == "ok"} == {True, False}, "both formats are there"
    assert STATUSES.keys() == {row.reason for row in rows} - {"never looked at"}, "every outcome is there"
    return sorted(set(users) - set(sleeping)), rows


def _shared(maker: Maker, admin: int, sleeping_admin: int) -> list[Row]:
    """Global rows: of an active and an inactive admin, one beaten by the canonical name, one by a newer row."""
    rows = [
        maker.make(sleeping_admin, "groq", "production", "good"),
        maker.make(admin, "scraperapi", "production"),
        maker.make(admin, "stripe", "sandbox", "revoked"),
        maker.make(admin, "openai", "sandbox", "good"),
        maker.make(sleeping_admin, "openai", "sandbox", "revoked"),
        maker.make(admin, "groq", "production", "revoked"),
        maker.make(admin, "paypal", "sandbox", "good"),
    ]
    canonical, alias, newer, older = rows[3], rows[4], rows[0], rows[5]
    alias.name = "open-ai"
    canonical.age_s, alias.age_s = 500, 0
    newer.age_s, older.age_s = 100, 200
    for row in rows:
        row.scope = "global"
    return rows


def _as_prisma_writes_it(conninfo: str) -> str:
    parts = conninfo_to_dict(conninfo)
    where = f"postgresql://healthsup@localhost:{parts['port']}/{parts['dbname']}"
    return f"{where}?host={quote(parts['host'], safe='')}&schema=public&connection_limit=3&pool_timeout=10"


def _pass(system: System) -> list[dict]:
    done = system.command("check", "--json")
    assert done.returncode == 0, done.stderr
    note, *log = done.stderr.splitlines()
    assert "connection_limit, pool_timeout" in note
    events = [json.loads(line) for line in log]
    assert [one for one in events if one["level"] != "info" and one["event"] != "credential.expiring"] == []
    return [json.loads(line) for line in done.stdout.splitlines()]


def _key(line: dict) -> tuple[int, str, str]:
    return line["user_id"], line["api"], line["environment"]


def _verdict_told(line: dict) -> tuple:
    names = ("status", "available", "configured", "fault", "trust_score", "reason")
    return tuple(line[name] for name in names)


def _verdict_due(row: Row) -> tuple:
    return (*STATUSES[row.reason], row.reason)


def _snapshots(system: System) -> dict[tuple[int, str, str], tuple]:
    """By key: (status, available, configured, reason as `error` begins with it or None, trust score)."""
    found = system.tenants.rows(
        'select "userId", "apiName", environment, status, "isAvailable", "isConfigured", split_part(error, \': \', 1),'
        ' "trustScore" from api_status_snapshots'
    )
    return {tuple(row[:3]): tuple(row[3:]) for row in found}


def _snapshot_due(row: Row) -> tuple:
    status, available, configured, _, trust = STATUSES[row.reason]
    return (status, available, configured, None if status == "healthy" else row.reason, trust)


def _times_asked(system: System) -> dict[str, set[int]]:
    """How often each credential has asked, of the APIs with a single request, by what its answer is.

    What may be a blip is asked again once, when it is new; who was told to wait is asked when that is over. A
    connection that was kept alive and is found closed (`drop`) is rightly tried anew.
    """
    single = ("openai", "groq", "stripe", "mercadolibre")
    kinds = {
        "broken": "blip",
        "empty": "blip",
        "mangled": "blip",
        "limited": "other",
        "quota": "other",
        "drop": "other",
    }
    times: dict[str, set[int]] = {}
    for seen in system.market.ledger():
        if seen.api in single:
            word = seen.mark.split("-")[1]
            times.setdefault(kinds.get(word, "good"), set()).add(seen.times)
    times.pop("other")
    return times
