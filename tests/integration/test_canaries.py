"""No secret leaves the worker: unique canaries in every field of every provider, and every place they might turn up.

Each provider answers each way it documents, those too that echo a part of the key. Then everything that anybody can
read is searched: rows, log, output of every command, argv and environments of the processes, what is left on disk.
"""

import re
from base64 import b64encode
from pathlib import Path

import pytest

from supervisor.standin import APIS
from tests.helpers.documented import FIELDS
from workers.story import decode_story

CANARY = "cnryZQ"
WORDS = ("good", "revoked", "expired", "restricted", "limited", "broken", "html", "escapes", "mangled")
PUBLIC = {"shop", "environment", "accountSid", "marketplaceId", "region", "sandbox", "port", "host", "phoneNumber"}
"""Fields whose form matters to the request, and which are no secret."""
_PLAIN = re.compile(rf"{CANARY}|{CANARY[::-1]}".encode(), re.IGNORECASE)
_ENCODED = re.compile(
    b"|".join(re.escape(b64encode(b"x" * shift + CANARY.encode() + b"yy")[4 if shift else 0 : 8]) for shift in range(3))
)


def fields_of(api, word, number):
    """Stored fields, each secret with the word for the stand-in and a canary of its own, at both ends of the mark."""
    given = {}
    for index, (name, value) in enumerate(FIELDS[api].items()):
        if name in PUBLIC:
            given[name] = value
        else:
            given[name] = f"{CANARY}{number:03d}{index}_demo-{word}-{number}{CANARY}"
    return given


def leaks(data, where):
    text = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
    return [(where, text[max(0, found.start() - 60) : found.end() + 20]) for found in _PLAIN.finditer(text)] + [
        (where, "encoded") for _ in _ENCODED.finditer(text)
    ]


@pytest.fixture
def canaries(system):
    """A credential for each provider and word; how many."""
    system.configure(
        log={"format": "json", "level": "debug"},
        worker={"window": 4},
        **{f"providers.{api}": {"base_url": system.market.base_url} for api in APIS},
    )
    users = system.tenants.users(len(WORDS))
    number = 0
    for user, word in zip(users, WORDS, strict=True):
        for api in APIS:
            number += 1
            system.tenants.credential(user, api, text=system.seal(fields_of(api, word, number)))
    return number


def rows_of(system):
    """Every row of ours and of the snapshots, as text; stories decoded too."""
    tables = system.tenants.rows(
        "select schemaname || '.' || tablename from pg_tables where schemaname = 'healthsup'"
        " or tablename in ('api_status_snapshots', 'api_status_history')"
    )
    for (table,) in tables:
        for (row,) in system.tenants.rows(f"select t::text from {table} t"):
            yield table, row
    for (story,) in system.tenants.rows("select story from healthsup.checks where story is not null"):
        yield "story", repr(decode_story(bytes(story)))
        yield "story", bytes(story)


def processes_of(pid):
    """argv and environments of the supervisor and everything below it."""
    pids, found = [pid], []
    while pids:
        one = pids.pop()
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            pids += map(int, task.read_text().split())
        for name in ("cmdline", "environ"):
            try:
                found.append((f"{one} {name}", Path(f"/proc/{one}/{name}").read_bytes()))
            except PermissionError:
                found.append((f"{one} {name}", b""))  # a worker is not to be looked into
    return found


@pytest.mark.timeout(240)
def test_no_canary_is_found_outside_the_worker_and_the_provider(system, canaries):
    found = []
    with system.run() as running:
        running.wait("pass.finished", within=120)
        for where, data in processes_of(running.process.pid):
            found += leaks(data, where)
        assert running.stop() == 0
        found += leaks(repr(running.events), "log")
        assert running.events
    stories = system.tenants.value("select count(*) from healthsup.checks where story is not null")
    assert stories == canaries, "each check has a story to be looked at"
    seen = {entry.api for entry in system.market.ledger()}
    assert seen >= set(APIS), "each provider was asked"
    for where, data in rows_of(system):
        found += leaks(data, where)
    commands = [("status",), ("status", "--json"), ("check", "--json", "--validate-only"), ("crashes",), ("incidents",)]
    for api in APIS:
        commands += [("explain", "--user", "2", "--api", api), ("explain", "--user", "2", "--api", api, "--json")]
        commands += [("history", "--user", "2", "--api", api, "--json")]
    for command in commands:
        done = system.command(*command)
        assert done.returncode in (0, 1), (command, done.stderr)
        found += leaks(done.stdout + done.stderr, " ".join(command))
    for path in system.directory.rglob("*"):
        if path.is_file():
            found += leaks(path.read_bytes(), str(path))
    assert found == []


def test_the_search_finds_what_it_is_for():
    assert leaks(f"x {CANARY}0001", "text")
    for shift in range(3):
        assert leaks(b64encode(b"u" * shift + f":{CANARY}0001".encode()), "basic")
