"""Where settings come from, and which source wins."""

import tomllib
from pathlib import Path

import pytest

from supervisor.config.keys import KEYS, PROVIDERS
from supervisor.config.load import Loaded, control_dir, load
from supervisor.config.reference import table
from supervisor.config.settings import Settings

_ROOT = Path(__file__).parents[2]
_EXAMPLE = _ROOT / "systemd" / "healthsup.toml"


@pytest.fixture(autouse=True)
def no_system_file(tmp_path, monkeypatch):
    monkeypatch.setattr("supervisor.config.load.DEFAULT_PATH", tmp_path / "etc" / "healthsup.toml")


def written(folder: Path, text: str) -> Path:
    path = folder / "healthsup.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_file_and_environment_everything_is_the_default():
    loaded = load(None, {})
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}
    assert (loaded.notes, loaded.path) == ((), None)


def test_a_file_is_read_and_named_as_the_origin(tmp_path):
    path = written(tmp_path, "[worker]\nwindow = 8\n[providers.2captcha]\nenabled = false\n")
    loaded = load(path, {})
    assert loaded.settings.worker.window == 8
    assert loaded.settings.places == 8
    assert not loaded.settings.enabled("2captcha")
    assert loaded.settings.enabled("ebay")
    assert loaded.origins["worker.window"] == str(path)
    assert loaded.origins["providers.2captcha.enabled"] == str(path)
    assert loaded.origins["worker.window_max"] == "default"


def test_the_environment_overrides_the_file(tmp_path):
    path = written(tmp_path, "[worker]\nwindow = 8\n")
    loaded = load(path, {"HEALTHSUP_WORKER__WINDOW": "auto"})
    assert loaded.settings.worker.window == "auto"
    assert loaded.origins["worker.window"] == "env HEALTHSUP_WORKER__WINDOW"


@pytest.mark.parametrize(
    ("name", "text", "dotted", "value"),
    [
        ("HEALTHSUP_WORKER__WINDOW", "16", "worker.window", 16),
        ("HEALTHSUP_SCHEDULE__USER_PAUSE", "0.25", "schedule.user_pause", 0.25),
        ("HEALTHSUP_SCHEDULE__INTERVAL", "60", "schedule.interval", 60.0),
        ("HEALTHSUP_PROBE__ALLOW_PRIVATE", "TRUE", "probe.allow_private", True),
        ("HEALTHSUP_SCHEDULE__STARTUP_PROBE", "0", "schedule.startup_probe", False),
        ("HEALTHSUP_LOG__LEVEL", "debug", "log.level", "debug"),
        ("HEALTHSUP_ALERTS__URLS", '["json://a", "json://b"]', "alerts.urls", ("json://a", "json://b")),
        ("HEALTHSUP_METRICS__LISTEN", "[::1]:9100", "metrics.listen", "[::1]:9100"),
    ],
)
def test_a_variable_is_read_by_the_type_of_its_key(name, text, dotted, value):
    section, key = dotted.split(".")
    found = getattr(getattr(load(None, {name: text}).settings, section), key)
    assert (found, type(found)) == (value, type(value))


def test_a_provider_is_a_section_within():
    settings = load(None, {"HEALTHSUP_PROVIDERS__ALIEXPRESS_AFFILIATE__INTERVAL": "77"}).settings
    assert settings.providers["aliexpress-affiliate"].interval == 77
    assert settings.interval("aliexpress-affiliate", critical=False) == 77


def test_the_config_file_may_be_named_by_the_environment_and_the_argument_wins(tmp_path):
    path = written(tmp_path, "[history]\nkeep_days = 3\n")
    other = tmp_path / "other.toml"
    other.write_text("", encoding="utf-8")
    assert load(None, {"HEALTHSUP_CONFIG": str(path)}).settings.history.keep_days == 3
    assert load(other, {"HEALTHSUP_CONFIG": str(path)}).settings.history.keep_days == 365
    assert load(None, {"HEALTHSUP_CONFIG": ""}).path is None


def test_the_system_file_is_read_when_it_is_there(tmp_path, monkeypatch):
    path = written(tmp_path, "[history]\nkeep_days = 4\n")
    monkeypatch.setattr("supervisor.config.load.DEFAULT_PATH", path)
    loaded = load(None, {})
    assert (loaded.settings.history.keep_days, loaded.path) == (4, path)


def test_the_dsn_comes_from_override_file_own_variable_database_url_in_this_order(tmp_path):
    path = written(tmp_path, '[database]\ndsn = "host=file"\n')
    environ = {
        "DATABASE_URL": "host=url",
        "HEALTHSUP_DSN": "host=own",
        "HEALTHSUP_CONFIG": str(path),
        "HEALTHSUP_DATABASE__DSN": "host=override",
    }
    seen = []
    for name in ("HEALTHSUP_DATABASE__DSN", "HEALTHSUP_CONFIG", "HEALTHSUP_DSN", "DATABASE_URL"):
        seen.append((load(None, environ).settings.database.dsn, load(None, environ).origins["database.dsn"]))
        del environ[name]
    assert seen == [
        ("host=override", "env HEALTHSUP_DATABASE__DSN"),
        ("host=file", str(path)),
        ("host=own", "env HEALTHSUP_DSN"),
        ("host=url", "env DATABASE_URL"),
    ]
    assert load(None, environ).settings.database.dsn is None


def test_an_empty_text_means_not_set(tmp_path):
    path = written(tmp_path, '[database]\ndsn = ""\n[control]\ndir = ""\n')
    settings = load(path, {"DATABASE_URL": "host=url"}).settings
    assert (settings.database.dsn, settings.control.dir) == ("host=url", None)


def test_parameters_that_only_prisma_uses_are_told_in_one_note():
    url = "postgresql://u:pw@h/d?schema=app&connection_limit=5&pool_timeout=9"
    (note,) = load(None, {"DATABASE_URL": url}).notes
    assert "connection_limit, pool_timeout" in note
    assert "pw" not in note


def test_relative_paths_start_at_the_file(tmp_path):
    path = written(tmp_path, '[control]\ndir = "sockets"\n')
    assert load(path, {}).settings.control.dir == str(tmp_path / "sockets")


def test_a_probe_longer_than_the_check_is_allowed_with_a_note(tmp_path):
    path = written(tmp_path, "[probe]\ntotal_timeout = 40\n")
    (note,) = load(path, {}).notes
    assert note.startswith("probe.total_timeout (40 s)")


def test_a_variable_that_only_looks_like_a_setting_is_passed_over_with_a_note():
    loaded = load(None, {"HEALTHSUP_WORKER_WINDOW": "8", "HEALTHSUP_PG_BIN": "/x", "HEALTHSUP_HOME": "/y"})
    (note,) = loaded.notes
    assert "did you mean HEALTHSUP_WORKER__WINDOW?" in note


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "healthsup.toml"
    path.write_bytes(b"\xef\xbb\xbf[history]\r\nkeep_days = 5\r\n")
    assert load(path, {}).settings.history.keep_days == 5


def test_no_representation_shows_a_secret():
    loaded = load(None, {"DATABASE_URL": "postgresql://u:hunter2@h/d", "HEALTHSUP_ALERTS__URLS": '["json://hunter2"]'})
    assert isinstance(loaded, Loaded)
    assert "hunter2" not in repr(loaded) + repr(loaded.settings) + repr(loaded.settings.database)


def test_the_example_file_as_it_is_changes_nothing():
    loaded = load(_EXAMPLE, {})
    assert loaded.settings == Settings()
    assert loaded.notes == ()


def test_the_example_file_names_every_key_with_its_default(tmp_path):
    lines = _EXAMPLE.read_text(encoding="utf-8").splitlines()
    opened = "\n".join(line[1:] if line.startswith("#") and line[1:2].islower() else line for line in lines)
    named = {
        f"{section}.{name}": value
        for section, own in tomllib.loads(opened).items()
        for name, value in (own["groq"] if section == PROVIDERS else own).items()
    }
    expected = {key.dotted: key for key in KEYS.values() if PROVIDERS not in key.section}
    expected |= {f"{PROVIDERS}.{key.name}": key for key in KEYS.values() if key.section == f"{PROVIDERS}.groq"}
    assert named.keys() == expected.keys()
    for name, key in expected.items():
        assert key.default in (None, key.convert(named[name])), name
    load(written(tmp_path, opened), {})


def test_the_reference_table_is_in_step():
    text = (_ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    assert text.endswith(table()), "run `python -m supervisor.config.reference` and paste the table"


def test_the_control_directory_is_found_in_a_configuration_that_is_wrong(tmp_path):
    path = written(tmp_path, '[control]\ndir = "/x"\n[worker]\nwindow = 0\n[nonsense]\n')
    wrong = {"HEALTHSUP_WORKER__WINDW": "3"}
    assert control_dir(path, wrong) == "/x"
    assert control_dir(path, wrong | {"HEALTHSUP_CONTROL__DIR": "/y"}) == "/y"
    assert control_dir(written(tmp_path, "[control"), wrong) is None
    assert control_dir(None, {}) is None
