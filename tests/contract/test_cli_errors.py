"""Bad input: one line with what, where and cure, the contract's exit code, no traceback and no secret."""

import pytest

from tests.helpers.commands import KEY, Shell

_SECRET = "hunter2"


@pytest.fixture
def shell(tmp_path):
    return Shell(tmp_path, ENCRYPTION_KEY=KEY)


def refused(done, code, *words):
    line = done.refused(code)
    for word in words:
        assert word in line
    assert _SECRET not in line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[worker]\nwindw = 3\n", ["unknown key", "did you mean window?"]),
        (b'[worker]\nwindow = "many"\n', ['"auto" or a whole number from 1 to 1024']),
        (b"[wroker]\n", ["unknown section", "did you mean worker?"]),
        (b"[worker]\nwindow = 0\n", ["worker.window is 0"]),
        (b"[worker\n", ["is not TOML", "line 1"]),
        (b"\xff\xfe", ["is not UTF-8", "save it as UTF-8"]),
        (b'[database]\ndsn = "postgres//u:hunter2@h/d"\n', ["database.dsn is neither"]),
    ],
)
def test_a_wrong_file(shell, tmp_path, content, words):
    path = tmp_path / "wrong.toml"
    path.write_bytes(content)
    for command in (["config", "check"], ["status"], ["run"], ["check"], ["worker", "show"]):
        refused(shell.run("--config", str(path), *command), 78, str(path), *words)


def test_a_reload_of_a_wrong_file_is_a_no_whoever_runs(shell, tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text("[worker]\nwindow = 0\n", encoding="utf-8")
    refused(shell.run("--config", str(path), "reload"), 1, str(path), "worker.window is 0")


def test_a_folder_or_nothing_as_file(shell, tmp_path):
    refused(shell.run("--config", str(tmp_path), "config", "check"), 78, "is a folder")
    refused(shell.run("config", "check", HEALTHSUP_CONFIG=str(tmp_path / "none")), 78, "does not exist", "--config")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", f"mysql://u:{_SECRET}@h/d", ["DATABASE_URL names another kind of database"]),
        ("HEALTHSUP_DSN", f"postgresql://u:{_SECRET}@h:port/d", ["HEALTHSUP_DSN has a port"]),
        ("HEALTHSUP_WORKER__WINDW", "3", ["did you mean HEALTHSUP_WORKER__WINDOW?"]),
        ("HEALTHSUP_DATABASE__EMBEDDED_DIR", "/proc/nowhere", ["nowhere", "database.embedded_dir"]),
        ("HEALTHSUP_PG_BIN", "/nowhere", ["HEALTHSUP_PG_BIN"]),
    ],
)
def test_a_wrong_variable(shell, name, value, words):
    refused(shell.run("status", **{name: value}), 78, *words)


@pytest.mark.parametrize("command", [["status"], ["check"], ["migrate"], ["user", "list"], ["crashes"]])
def test_a_database_that_is_down(shell, command):
    dsn = f"postgresql://u:{_SECRET}@127.0.0.1:1/d?connect_timeout=2"
    refused(shell.run(*command, HEALTHSUP_DSN=dsn), 69, "nothing listens at the database's address")


@pytest.mark.parametrize("command", [["worker", "show"], ["worker", "kill"], ["reload"]])
def test_no_running_supervisor(shell, command):
    refused(shell.run(*command), 69, "no running supervisor", "healthsup run")


def test_parameters_that_only_prisma_uses_cost_one_line(shell):
    url = f"postgresql://u:{_SECRET}@127.0.0.1:1/d?schema=public&connection_limit=5&pool_timeout=3"
    done = shell.run("config", "check", DATABASE_URL=url)
    assert (done.code, done.out) == (0, "")
    note, right = done.err.splitlines()
    assert "passed over, as only Prisma uses them: connection_limit, pool_timeout" in note
    assert "right" in right


def test_the_settings_are_shown_with_their_origin_and_without_secrets(shell, tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(f'[alerts]\nurls = ["json://{_SECRET}"]\n[providers.groq]\nenabled = false\n', encoding="utf-8")
    done = shell.run("--config", str(path), "config", "show", HEALTHSUP_DSN=f"postgresql://u:{_SECRET}@h/d")
    rows = {words[0]: words[1:] for words in map(str.split, done.out.splitlines())}
    assert rows["database.dsn"] == ["postgresql://u:***@h/d", "env", "HEALTHSUP_DSN"]
    assert rows["alerts.urls"] == ["[***]", str(path)]
    assert rows["providers.groq.enabled"] == ["false", str(path)]
    assert rows["worker.window"] == ["auto", "default"]
    assert _SECRET not in done.out + done.err
    done = shell.run("config", "show", "--json", HEALTHSUP_DSN=f"password={_SECRET}")
    assert '{"key": "database.dsn", "value": "password=***", "origin": "env HEALTHSUP_DSN"}' in done.out
