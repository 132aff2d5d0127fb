"""Rows and answers that hold anything: each is an outcome, nothing of it acts on a terminal or forges a log line."""

import json
import random
import re
import string

import pytest

from tests.helpers.checking import checking
from tests.helpers.commands import Shell
from tests.helpers.system import BOUND, KEY
from workers.vault import Layout

_EVIL = '\x1b]0;pwned\x07\x1b[2J\r\n{"event": "forged"}\u202e\u200b\x9b31m[red]'
_TOKEN = "sk-demo-good-very-secret-0123456789"
_LONG = "x" * 10_000


def texts(seal):
    """What may stand in the column, and the reason that a check must find; the last is sound."""
    many = {"apiKey": _TOKEN, "note": "n" * 65_536}
    return {
        "empty": ("", "corrupt"),
        "blank": (" \t\n", "corrupt"),
        "junk": ("junk", "corrupt"),
        "junk with escapes": (_EVIL, "corrupt"),
        "10 kB of junk": (_LONG, "undecryptable"),
        "2 MiB": ("ab" * (1 << 20), "corrupt"),
        "parts without end": (":" * 5000, "corrupt"),
        "plaintext": (json.dumps({"apiKey": _TOKEN}), "plaintext"),
        "plaintext with escapes": (json.dumps({"apiKey": _TOKEN, "x": _EVIL}), "plaintext"),
        "an array in clear": (json.dumps([_TOKEN]), "plaintext"),
        "a sealed array": (seal([{"apiKey": _TOKEN}]), "corrupt"),
        "a sealed text": (seal(_TOKEN), "corrupt"),
        "a sealed null": (seal(None), "corrupt"),
        "an empty object": (seal({}), "missing_fields"),
        "a key that is an object": (seal({"apiKey": {"apiKey": _TOKEN}}), "missing_fields"),
        "a key with escapes": (seal({"apiKey": f"{_TOKEN}{_EVIL}"}), "corrupt"),
        "a key of 64 KiB": (seal({"apiKey": "k" * 65_536}), "corrupt"),
        "escapes in a name": (seal({_EVIL: _TOKEN}), "missing_fields"),
        "nested without end": (seal_text(seal, "[" * 30_000), "corrupt"),
        "64 KiB beside the key, in format B": (seal(many), "ok"),
        "64 KiB beside the key, in format C": (seal(many, Layout.CBC), "ok"),
        "an answer with escapes and forged log lines": (seal({"apiKey": "sk-demo-escapes-1"}), "unrecognised"),
        "an answer that is no HTTP": (seal({"apiKey": "sk-demo-garbage-1"}), "provider_error"),
        "an answer without end": (seal({"apiKey": "sk-demo-huge-1"}), "provider_error"),
        "a gzip bomb": (seal({"apiKey": "sk-demo-gzipbomb-1"}), "provider_error"),
        "sound": (seal({"apiKey": _TOKEN}), "ok"),
    }


def seal_text(seal, text):
    """Sealed as it is, without being JSON."""
    from tests.helpers.system import sealer
    from workers.secret import Secret

    vault = sealer(KEY).__closure__[0].cell_contents
    return vault.seal(Secret(text), Layout.GCM)


@pytest.fixture
def users(system):
    """A user for each of the texts, by what it is; their environments hold everything an environment may hold."""
    made = {}
    for number, (what, (text, _)) in enumerate(texts(system.seal).items()):
        made[what] = system.tenants.user(f"{number}{_EVIL}")
        environment = {0: f"prod{_EVIL}", 1: _LONG, 2: "sandbox"}.get(number, "production")
        system.tenants.credential(made[what], "openai", text=text, environment=environment)
        system.tenants.credential(made[what], f"fax{_EVIL}" if number else _LONG, text=text)
    return made


def harmless(text):
    """No control or format character but a line's end."""
    return all(char.isprintable() or char == "\n" for char in text)


def clean(*outputs):
    """Nothing secret, nothing that acts."""
    for output in outputs:
        assert harmless(output), repr(re.search(r"[^\x20-\x7e\n]{1,20}", output))
        for secret in (_TOKEN, "very-secret", "demo-escapes", "kkkkkkkk", KEY):
            assert secret not in output


def test_every_row_is_an_outcome_and_the_others_are_checked_as_ever(system, users):
    before = system.tenants.fingerprint()
    done = system.command("check", "--json")
    assert done.returncode == 0
    clean(done.stdout, done.stderr)
    assert done.stdout.isascii()
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    found = {row["user_id"]: row["reason"] for row in rows}
    assert {what: found[user] for what, user in users.items()} == {
        what: reason for what, (_, reason) in texts(system.seal).items()
    }
    assert all(row["message"] and len(row["message"]) <= 200 for row in rows)
    assert {row["environment"] for row in rows} == {f"prod{_EVIL}", _LONG, "sandbox", "production"}
    assert not [one for one in map(json.loads, done.stderr.splitlines()) if one["event"] in ("worker.died", "forged")]
    stored = "select error || message from api_status_snapshots union all select message from api_status_history"
    clean(*(text for (text,) in system.tenants.rows(f"select t from ({stored}) as s (t) where t is not null")))
    assert system.tenants.fingerprint() == before


def test_no_table_no_terminal_and_no_log_shows_any_of_it_raw(system, users):
    with system.run() as running:
        running.wait("pass.finished")
        assert running.stop() == 0
        assert not running.all("forged")
        assert not running.all("not json")
        clean(*(json.dumps(one, ensure_ascii=False) for one in running.events))
    lines = [one["environment"] for one in running.all("status.changed")]
    assert len(lines) == len(users)
    assert max(map(len, lines)) < 1000
    shell = Shell(system.directory, **system.environ)
    for command in (["check"], ["status"], ["doctor"], ["history", "--user", str(users["empty"]), "--api", "openai"]):
        plain = shell.run(*command)
        assert plain.code == 0, plain
        clean(plain.out, plain.err)
        shown = shell.on_terminal(*command)
        assert "\x1b]0" not in shown
        clean(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).replace("\r", ""))
        assert all(len(line) < 1000 for line in plain.out.splitlines())


@pytest.mark.slow
def test_a_result_that_the_backends_index_cannot_hold_stops_nobody_else(system):
    """2 676 random characters fit the index of the credentials, but not, beside `unhealthy`, that of the history."""
    users = system.tenants.users(4)
    for user in users:
        system.openai(user, "good")
    letters = random.Random(1).choices(string.ascii_letters + string.digits + "-_+/", k=2676)
    system.openai(users[0], "revoked", environment="".join(letters))
    with checking(system) as check:
        check.wait(*users)
        assert check.process.wait(BOUND) in (0, 70)
    assert system.statuses() == dict.fromkeys(users, "healthy")
