"""Wrong settings: one line that names place, key, finding and cure, and never a secret."""

import os
import subprocess
import sys

import pytest

from supervisor.config.load import load
from supervisor.errors import BadConfig

_SECRET = "hunter2"
_ROOT = os.geteuid() == 0


@pytest.fixture(autouse=True)
def no_system_file(tmp_path, monkeypatch):
    monkeypatch.setattr("supervisor.config.load.DEFAULT_PATH", tmp_path / "etc" / "healthsup.toml")


def refusal(path, environ=None) -> str:
    with pytest.raises(BadConfig) as caught:
        load(path, environ or {})
    text = str(caught.value)
    assert caught.value.exit_code == 78
    assert text.isprintable(), "one line, nothing that a terminal acts on"
    assert _SECRET not in text
    return text


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[worker]\nwindw = 3", ["unknown key", '"windw"', "[worker]", "did you mean window?"]),
        ("[worker]\nzzz = 3", ["unknown key", "known are check_deadline, crypto_concurrency"]),
        ("[wrker]\nwindow = 3", ["unknown section", "did you mean worker?"]),
        ("[nonsense]", ["unknown section", "known are database, keys"]),
        ("window = 3", ["outside any section", "it belongs into [worker]"]),
        ("nonsense = 3", ["outside any section", "every key stands in a section"]),
        ("worker = 3", ["worker is a number", "it must be a section, [worker]"]),
        ("[[worker]]\nwindow = 3", ["worker is an array", "section"]),
        ("[worker]\nwindow = 0", ["worker.window is 0", '"auto" or a whole number from 1 to 1024']),
        ('[worker]\nwindow = "many"', ['worker.window is "many"', '"auto" or a whole number']),
        ("[worker]\nwindow = true", ["worker.window is true", "whole number"]),
        ("[worker]\nwindow = 1.5", ["worker.window is 1.5", "whole number"]),
        ("[worker]\nstrikes = false", ["worker.strikes is false", "a whole number from 1 to 100"]),
        ("[worker]\nwindow = 1979-05-27", ["worker.window is a date or time"]),
        ("[worker]\nwindow = {x = 1}", ["worker.window is a section"]),
        ("[worker]\nstrikes = 99999999999999999999999", ["worker.strikes is a huge number"]),
        ('[worker]\nsandbox = "on"', ['worker.sandbox is "on"', '"auto" or "off" or "require"']),
        ("[schedule]\ninterval = 0.5", ["schedule.interval is 0.5", "a number from 1 to 2678400"]),
        ("[schedule]\ninterval = nan", ["schedule.interval is nan", "a number from 1"]),
        ("[schedule]\ninterval = inf", ["schedule.interval is inf", "a number from 1"]),
        ('[schedule]\ninterval = "900"', ['schedule.interval is "900"', "a number"]),
        ("[schedule]\ninterval = true", ["schedule.interval is true", "a number"]),
        ("[database]\npool_timeout = 0", ["database.pool_timeout is 0", "a number above 0"]),
        ("[probe]\nallow_private = 1", ["probe.allow_private is 1", "true or false"]),
        ("[providers]\nebay = 3", ["providers.ebay is a number", "[providers.ebay]"]),
        ("[providers.ebey]\n", ["unknown provider", "did you mean ebay?"]),
        ("[providers.nobody]\n", ["unknown provider", "known are ebay, amazon"]),
        ("[providers.googletrends]\n", ["googletrends is an alias", "[providers.serpapi]"]),
        ("[providers.ebay]\nurl = 'x'", ["unknown key", "known are base_url, enabled, interval"]),
        ('[providers.ebay]\ninterval = ""', ['providers.ebay.interval is ""', "a number"]),
        ('[providers.ebay]\nbase_url = "ftp://h"', ["providers.ebay.base_url", "http:// or https://"]),
        ('[providers.email]\nbase_url = "http://h"', ["providers.email.base_url", "smtp:// or smtps://"]),
        ('[providers.ebay]\nbase_url = "smtp://h"', ["providers.ebay.base_url", "http:// or https://"]),
        ('[providers.ebay]\nbase_url = "https://h/path"', ["has more than scheme, host and port"]),
        ('[providers.ebay]\nbase_url = "https://h/"', ["has more than scheme, host and port"]),
        ('[providers.ebay]\nbase_url = "https://h?"', ["has more than scheme, host and port"]),
        (f'[providers.ebay]\nbase_url = "https://u:{_SECRET}@h"', ["holds credentials"]),
        ('[providers.ebay]\nbase_url = "https://"', ["no valid host and port"]),
        ('[providers.ebay]\nbase_url = "https://h:99999"', ["no valid address"]),
        ('[providers.ebay]\nbase_url = "https://[::1"', ["no valid address"]),
        ('[providers.ebay]\nbase_url = "https://a b"', ["no valid host and port"]),
        ('[metrics]\nlisten = "9100"', ["metrics.listen is no address", "host:port"]),
        ('[metrics]\nlisten = ":9100"', ["metrics.listen is no address"]),
        ('[metrics]\nlisten = "h:0"', ["metrics.listen is no address"]),
        ('[metrics]\nlisten = "::1:9100"', ["metrics.listen is no address", "[::1]"]),
        ('[web]\nlisten = ""', ["web.listen is no address"]),
        ('[web]\nlisten = "0.0.0.0:80"', ["web.listen is open to other machines", "web.token_file"]),
        ('[web]\nlisten = "[::]:80"', ["web.listen is open to other machines"]),
        ('[web]\nlisten = "status.example.org:80"', ["web.listen is open to other machines"]),
        ("[worker]\nwindow = 65", ["worker.window is 65", "worker.window_max (64)"]),
        ('[log]\nlevel = "a\\u001b[31m\\nb"', ["log.level is", "control character"]),
        ('[control]\ndir = "/a\\u0000b"', ["control.dir is", "control character"]),
        ('["a\\u001b[31m\\nb"]', ["unknown section", "\\x1b"]),
        ('[worker]\n"\\u202e\\u200b" = 1', ["unknown key", "\\u202e"]),
        (f'[database]\ndsn = ["{_SECRET}"]', ["database.dsn is an array", "it must be a text"]),
        (f'[alerts]\nurls = "{_SECRET}"', ["alerts.urls is a text", "an array of texts"]),
        (f'[alerts]\nurls = ["{_SECRET}", 3]', ["alerts.urls is an array", "an array of texts"]),
        (f'[database]\ndsns = "{_SECRET}"', ["did you mean dsn?"]),
        (f'[database]\ndsn = "mysql://u:{_SECRET}@h"', ["database.dsn names another kind of database"]),
        (f'[database]\ndsn = "{_SECRET}"', ["database.dsn is neither", "postgresql://user:password@host:5432/database"]),
        ("[worker", ["is not TOML", "line 1, column 8"]),
        (f"[database]\ndsn = {_SECRET}", ["is not TOML", "line 2"]),
        ("[worker]\nwindow = 1\nwindow = 2", ["is not TOML", "line 3"]),
        ("a = " + "[" * 5000, ["is not TOML", "nested too deeply"]),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_in_one_line(tmp_path, toml, said):
    path = tmp_path / "wrong.toml"
    path.write_text(f"{toml}\n", encoding="utf-8")
    text = refusal(path)
    assert str(path) in text
    for words in said:
        assert words in text


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HEALTHSUP_WORKER__WINDOW", "0", ['"auto" or a whole number from 1 to 1024', "worker.window"]),
        ("HEALTHSUP_WORKER__WINDOW", "eight", ['is "eight"']),
        ("HEALTHSUP_WORKER__STRIKES", "٣", ["whole number from 1 to 100"]),
        ("HEALTHSUP_SCHEDULE__INTERVAL", "nan", ["a number from 1"]),
        ("HEALTHSUP_SCHEDULE__INTERVAL", "1e999", ["a number from 1"]),
        ("HEALTHSUP_PROBE__ALLOW_PRIVATE", "maybe", ['is "maybe"', "true or false"]),
        ("HEALTHSUP_WORKER__WINDW", "3", ["unknown setting", "did you mean HEALTHSUP_WORKER__WINDOW?"]),
        ("HEALTHSUP_NOTHING__LIKE_IT", "3", ["unknown setting", "healthsup config show"]),
        ("HEALTHSUP_worker__window", "3", ["unknown setting"]),
        ("HEALTHSUP_PROVIDERS__SCRAPER_API__ENABLED", "false", ["the provider is written SCRAPERAPI"]),
        ("HEALTHSUP_PROVIDERS__NOBODY__ENABLED", "false", ["unknown setting"]),
        ("HEALTHSUP_ALERTS__URLS", f"json://{_SECRET}", ["no TOML array", '["first", "second"]']),
        ("HEALTHSUP_ALERTS__URLS", f'["{_SECRET}"]\nother = 1', ["no TOML array"]),
        ("HEALTHSUP_ALERTS__URLS", f'["{_SECRET}", 1]', ["alerts.urls", "an array of texts"]),
        ("HEALTHSUP_DATABASE__DSN", f"{_SECRET}", ["HEALTHSUP_DATABASE__DSN is neither"]),
        ("HEALTHSUP_DSN", f"postgresql://u:{_SECRET}%@h", ["HEALTHSUP_DSN has a `%`"]),
        ("DATABASE_URL", f"postgres://u:{_SECRET}@h:{_SECRET}/d", ["DATABASE_URL has a port"]),
        ("HEALTHSUP_WORKER__WINDOW", "65", ["HEALTHSUP_WORKER__WINDOW: worker.window is 65"]),
    ],
)
def test_a_wrong_variable_is_refused_in_one_line(name, value, said):
    text = refusal(None, {name: value})
    assert name in text
    for words in said:
        assert words in text


def test_a_missing_file_is_refused_however_it_was_named(tmp_path):
    path = tmp_path / "nowhere.toml"
    for text in (refusal(path), refusal(None, {"HEALTHSUP_CONFIG": str(path)})):
        assert f"{path} does not exist" in text


def test_a_folder_is_refused(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_a_file_that_is_not_utf8_is_refused_with_the_line(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes(b"[log]\n# \xe9t\xe9\n")
    assert "is not UTF-8 (line 2): save it as UTF-8" in refusal(path)


def test_a_huge_file_is_not_read_whole(tmp_path):
    path = tmp_path / "huge.toml"
    path.write_bytes(b"#" * (2 << 20))
    assert "too large" in refusal(path)


_AS_NOBODY = """
import os, pathlib, sys
from supervisor.config import load
from supervisor.errors import BadConfig
os.setgid(65534), os.setuid(65534)
load.DEFAULT_PATH = pathlib.Path(sys.argv[2])
try:
    load.load(pathlib.Path(sys.argv[1]) if sys.argv[1] else None, {})
except BadConfig as error:
    print(error)
"""


@pytest.mark.skipif(not _ROOT, reason="only root can become somebody else")
@pytest.mark.parametrize("named", [True, False])
def test_an_unreadable_file_is_refused(tmp_path, named):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    path = closed / "healthsup.toml"
    path.write_text("", encoding="utf-8")
    arguments = [str(path) if named else "", str(path)]
    done = subprocess.run([sys.executable, "-c", _AS_NOBODY, *arguments], capture_output=True, text=True, timeout=30)
    assert "permission denied" in done.stdout, done.stderr
    assert "--config" in done.stdout
