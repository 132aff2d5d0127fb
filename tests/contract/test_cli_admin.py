"""Users and credentials of a stand-alone database, and rows of any kind on a terminal."""

import json
import re

import psycopg
import pytest

from supervisor.store import WANTED
from tests.helpers.commands import KEY, Shell
from workers import providers
from workers.vault import Vault, read_key

_FIELDS = '{"apiKey": "gsk_hunter2"}'
_NOW = "(now() at time zone 'UTC')"


@pytest.fixture
def shell(server, clone, tmp_path):
    """A stand-alone database, migrated."""

    def fill(conninfo):
        done = Shell(tmp_path, HEALTHSUP_DSN=conninfo).run("migrate")
        assert (done.code, done.err) == (0, f"the database is at schema version {WANTED}, with tables of its own\n")

    shell = Shell(tmp_path, HEALTHSUP_DSN=clone(server.template("standalone_by_cli", fill)), ENCRYPTION_KEY=KEY)
    assert shell.run("user", "add", "ann", "--email", "ann@example.org").out == "1\n"
    return shell


def rows(shell, query, *params):
    with psycopg.connect(shell.environ["HEALTHSUP_DSN"]) as connection:
        return connection.execute(query, params).fetchall()


def change(shell, statement, *params):
    with psycopg.connect(shell.environ["HEALTHSUP_DSN"]) as connection:
        connection.execute(statement, params)


def add(shell, *more, stdin=_FIELDS, user="1"):
    return shell.run("credential", "add", "--user", user, "--api", "groq", *more, stdin=stdin)


def test_a_user_is_added_as_the_backend_would_and_cannot_log_in(shell):
    assert shell.run("user", "add", "bob", "--email", "bob@example.org", "--inactive").out == "2\n"
    query = f"""select username, email, password, role, "isActive", "updatedAt" between {_NOW} - interval '1 min' and {_NOW}
                from users order by id"""
    assert rows(shell, query) == [
        ("ann", "ann@example.org", "!", "USER", True, True),
        ("bob", "bob@example.org", "!", "USER", False, True),
    ]


def test_names_and_addresses_are_unique(shell):
    assert "this name is taken" in shell.run("user", "add", "ann", "--email", "new@example.org").refused(1)
    assert "this e-mail address is taken" in shell.run("user", "add", "new", "--email", "ann@example.org").refused(1)


def test_users_are_listed_and_removed_after_a_question(shell):
    add(shell)
    (listed,) = map(json.loads, shell.run("user", "list", "--json").out.splitlines())
    assert listed.pop("created_at").endswith("Z")
    assert listed == {
        "id": 1, "username": "ann", "email": "ann@example.org", "active": True, "credentials": 1, "last_login_at": None,
    }  # fmt: skip
    asked = shell.run("user", "remove", "--id", "1", stdin="n\n")
    assert asked.code == 1
    assert "Remove user 1 (ann) and 1 credentials of theirs?" in asked.err
    assert shell.run("user", "remove", "--id", "1", stdin="").code == 1
    assert rows(shell, "select count(*) from users") == [(1,)]
    assert shell.run("user", "remove", "--id", "1", "--yes").code == 0
    assert rows(shell, "select (select count(*) from users) + (select count(*) from api_credentials)") == [(0,)]
    assert "there is no user 1" in shell.run("user", "remove", "--id", "1", "--yes").refused(1)


@pytest.mark.parametrize("form", ["gcm", "cbc"])
def test_a_credential_is_sealed_on_its_way_and_stored_under_its_canonical_name(shell, form):
    done = shell.run(
        "credential", "add", "--user", "1", "--api", "googletrends", "--format", form, "--environment", "sandbox",
        stdin=_FIELDS,
    )  # fmt: skip
    assert (done.code, done.out) == (0, "1\n")
    ((api, environment, scope, active, ciphertext),) = rows(
        shell, 'select "apiName", environment, scope::text, "isActive", credentials from api_credentials'
    )
    assert (api, environment, scope, active) == ("serpapi", "sandbox", "user", True)
    assert "hunter2" not in ciphertext
    assert (":" in ciphertext) == (form == "cbc")
    opened = Vault(read_key(None, {"ENCRYPTION_KEY": KEY})).open(ciphertext)
    assert opened.fields(providers.find("serpapi"))["apiKey"].reveal() == "gsk_hunter2"


def test_an_existing_credential_is_kept_unless_replace(shell):
    assert add(shell).out == "1\n"
    before = rows(shell, 'select credentials, "updatedAt" from api_credentials')
    change(shell, 'update api_credentials set "isActive" = false')
    assert "(row 1): give --replace" in add(shell).refused(1)
    assert rows(shell, 'select credentials, "updatedAt" from api_credentials') == before
    assert add(shell, "--replace").out == "1\n"
    ((ciphertext, updated_at, active),) = rows(
        shell, 'select credentials, "updatedAt", "isActive" from api_credentials'
    )
    assert ciphertext != before[0][0]
    assert updated_at > before[0][1]
    assert active


def test_a_global_credential_names_who_shares_it_and_a_personal_api_is_pointed_out(shell):
    assert add(shell, "--scope", "global").out == "1\n"
    assert rows(shell, 'select scope::text, "sharedById" from api_credentials') == [("global", 1)]
    fields = '{"appId": "a", "devId": "d", "certId": "c", "token": "t"}'
    done = shell.run("credential", "add", "--user", "1", "--api", "ebay", "--scope", "global", stdin=fields)
    assert (done.code, done.out) == (0, "2\n")
    assert "serves nobody but its owner" in done.err


@pytest.mark.parametrize(("stdin", "code"), [("[]", 2), ("{", 2), ("{}", 2), ("", 2), ('{"apiKey": "gsk_hunter2"', 2)])
def test_what_is_no_credential_is_refused_without_showing_it(shell, stdin, code):
    done = add(shell, stdin=stdin)
    assert (done.code, done.out, len(done.err.splitlines())) == (code, "", 1)
    assert "hunter2" not in done.err
    assert rows(shell, "select count(*) from api_credentials") == [(0,)]


def test_without_a_key_nothing_is_sealed(shell):
    done = shell.run("credential", "add", "--user", "1", "--api", "groq", stdin=_FIELDS, ENCRYPTION_KEY="short")
    assert (done.code, done.out, len(done.err.splitlines())) == (78, "", 1)
    assert "there is no user 9" in add(shell, user="9").refused(1)


def test_credentials_are_listed_without_what_they_hold_and_removed(shell):
    add(shell)
    (listed,) = map(
        json.loads, shell.run("credential", "list", "--user", "1", "--api", "groq", "--json").out.splitlines()
    )
    assert listed.pop("updated_at").endswith("Z")
    assert listed == {
        "id": 1, "user_id": 1, "api": "groq", "environment": "production", "scope": "user", "active": True,
    }  # fmt: skip
    assert shell.run("credential", "list", "--api", "stripe").out == ""
    assert "(user 1, groq, production, user)" in shell.run("credential", "remove", "--id", "1", stdin="n\n").err
    assert shell.run("credential", "remove", "--id", "1", stdin="y\n").code == 0
    assert "there is no credential 1" in shell.run("credential", "remove", "--id", "1", "--yes").refused(1)


@pytest.mark.parametrize("command", ["status", "check", "history"])
def test_an_unknown_user_is_a_no(shell, command):
    more = ["--api", "groq"] if command == "history" else []
    assert "there is no user 7" in shell.run(command, "--user", "7", *more).refused(1)


def test_on_the_backends_tables_one_can_only_look(backend_database, tmp_path):
    shell = Shell(tmp_path, HEALTHSUP_DSN=backend_database, ENCRYPTION_KEY=KEY)
    for command in (["status"], ["check"], ["user", "list"]):
        assert "run healthsup migrate" in shell.run(*command).refused(78)
    assert "beside the backend's tables" in shell.run("migrate").err
    change(shell, f"insert into users (username, email, password, \"updatedAt\") values ('ann', 'a@b', 'x', {_NOW})")
    assert "ann" in shell.run("user", "list").out
    for command in (
        ["user", "add", "bob", "--email", "b@c"],
        ["user", "remove", "--id", "1", "--yes"],
        ["credential", "add", "--user", "1", "--api", "groq"],
        ["credential", "remove", "--id", "1", "--yes"],
    ):
        assert "the backend owns these tables" in shell.run(*command).refused(78)
    assert rows(shell, "select count(*) from users") == [(1,)]


def test_a_database_that_does_not_exist(shell, server):
    shell.environ["HEALTHSUP_DSN"] = server.conninfo("nowhere")
    for command in ("status", "migrate", "check"):
        assert "does not exist" in shell.run(command).refused(69)


_EVIL = "\x1b]0;pwned\x07\x1b[2J\r\nhealthsup: forged\u202e\u200b[red]"


def test_rows_of_any_kind_reach_no_terminal_and_no_pipe_raw(shell):
    values = f"""(1, %s, %s, 'unhealthy', false, true, %s, %s, 'NaN', {_NOW}, {_NOW})"""
    columns = '"userId", "apiName", environment, status, "isAvailable", "isConfigured", error, message, "trustScore"'
    statement = f'insert into api_status_snapshots ({columns}, "lastChecked", "updatedAt") values {values}'
    change(shell, statement, f"groq{_EVIL}", f"x{_EVIL}" * 400, _EVIL, f"{_EVIL}" * 400)
    change(shell, "update users set username = %s, email = %s", _EVIL, _EVIL * 400)
    for command in ("status", "user list"):
        plain = shell.run(*command.split())
        assert (plain.code, len(plain.out.splitlines())) == (0, 2)
        assert all(line.isprintable() and len(line) < 1000 for line in plain.out.splitlines())
        assert "\\x1b]0;pwned\\x07" in plain.out
        raw = shell.run(*command.split(), "--json").out
        assert raw.count("\n") == 1
        assert raw.isascii()
        assert raw.removesuffix("\n").isprintable()
        shown = re.sub(r"\x1b\[[0-9;]*m", "", shell.on_terminal(*command.split()))
        assert all(char.isprintable() or char in "\r\n" for char in shown)
        assert "[red]" in shown.replace("\n", "")
    (row,) = map(json.loads, shell.run("status", "--json").out.splitlines())
    assert (row["api"], row["trust_score"], row["reason"]) == (f"groq{_EVIL}", None, None)


def test_doctor_paints_its_marks_unless_it_is_asked_not_to(tmp_path):
    down = {"ENCRYPTION_KEY": KEY, "HEALTHSUP_DSN": "postgresql://u@127.0.0.1:1/d"}
    assert "\x1b[31mbad" in Shell(tmp_path, **down).on_terminal("doctor")
    assert "\x1b" not in Shell(tmp_path, **down, NO_COLOR="1").on_terminal("doctor")


def test_doctor_finds_everything_right_or_names_what_is_not(shell):
    done = shell.run("doctor")
    grades = {line.split()[1]: line.split()[0] for line in done.out.splitlines()}
    assert done.code == 0, done.out
    assert grades == dict.fromkeys(
        ["configuration", "key", "sockets", "sandbox", "database", "clock", "schema", "apis"], "ok"
    )
    done = shell.run("doctor", ENCRYPTION_KEY="short")
    assert done.code == 1
    assert re.search(r"^bad +key +\S", done.out, re.MULTILINE)
    done = shell.run("doctor", HEALTHSUP_DSN="postgresql://u:hunter2@127.0.0.1:1/d")
    assert (done.code, "hunter2" in done.out) == (1, False)
    assert re.search(r"^bad +database +nothing listens", done.out, re.MULTILINE)
    done = shell.run("doctor", HEALTHSUP_CONTROL__DIR="/proc/nowhere")
    assert re.search(r"^bad +sockets +.*control.dir", done.out, re.MULTILINE)


def test_doctor_names_unknown_apis_escaped_and_what_a_role_lacks(shell):
    change(
        shell,
        f"""insert into api_credentials ("userId", "apiName", credentials, "updatedAt") values (1, %s, 'x', {_NOW})""",
        "fax\x1b[31m",
    )
    done = shell.run("doctor")
    assert done.code == 0
    assert re.search(r"^warn +apis +.*fax\\x1b\[31m \(1\)$", done.out, re.MULTILINE)
    change(shell, "create role poor login")
    try:
        change(shell, "grant usage on schema healthsup to poor")
        change(shell, "grant select on all tables in schema healthsup to poor")
        done = shell.run("doctor", HEALTHSUP_DSN=f"{shell.environ['HEALTHSUP_DSN']} user=poor")
        assert done.code == 1
        assert "lacks DELETE on api_status_history" in done.out
        assert "SELECT on users" in done.out
    finally:
        change(shell, "drop owned by poor")
        change(shell, "drop role poor")
