"""A program over a schema that a newer one has made: it goes on where each step says that it may.

So a failed upgrade leaves the old program running, and hosts may be upgraded one after another.
"""

import re
import shutil

import psycopg
import pytest

from supervisor.errors import BadConfig
from supervisor.store import WANTED, statements
from supervisor.store import migrate as migrating
from tests.helpers.storing import store_at

FIRST_THAT_SAYS = 5  # the steps before stand in no released program's past
TAKES_AWAY = re.compile(r"\b(drop|rename|truncate|delete|set not null|alter column)\b", re.IGNORECASE)


@pytest.fixture
def newer(tmp_path, monkeypatch):
    """`newer(text)`: from now on the program has one more step."""
    folder = tmp_path / "sql"
    shutil.copytree(statements.FOLDER, folder)
    for module in (statements, migrating):
        monkeypatch.setattr(module, "FOLDER", folder)

    def grow(*steps: str) -> None:
        for number, text in enumerate(steps, WANTED + 1):
            (folder / f"migrations/{number:04}_more_{number}.sql").write_text(text)
        monkeypatch.setattr(migrating, "WANTED", WANTED + len(steps))

    yield grow
    statements._read.cache_clear()


def be_older(monkeypatch) -> None:
    """From now on it is the program of today."""
    monkeypatch.setattr(migrating, "WANTED", WANTED)
    monkeypatch.setattr(migrating, "migrations", lambda: {n: f"{n:04}_any" for n in range(1, WANTED + 1)})


ADDS = f"-- works with: {WANTED}\nalter table healthsup.checks add column more int;"
CHANGES = "alter table healthsup.checks rename column strikes to faults;"


def test_a_step_that_only_adds_leaves_the_older_program_at_work(empty_database, newer, monkeypatch):
    newer(ADDS, f"-- works with: {WANTED}\ncreate table healthsup.another (id int);")
    with store_at(empty_database) as store:
        assert store.migrate().found == WANTED + 2
        be_older(monkeypatch)
        store.require_current()
        assert (store.migrate().found, store.state().wanted) == (WANTED + 2, WANTED)
        assert (store.totals(), list(store.snapshots())) == ((0, 0), [])


@pytest.mark.parametrize("steps", [(CHANGES,), (ADDS, CHANGES), (CHANGES, f"-- works with: {WANTED + 1}\nselect 1;")])
def test_a_step_that_changes_what_is_there_ends_it(empty_database, newer, monkeypatch, steps):
    newer(*steps)
    with store_at(empty_database) as store:
        store.migrate()
        be_older(monkeypatch)
        for refuses in (store.require_current, store.migrate):
            with pytest.raises(BadConfig, match="this program knows only"):
                refuses()


def test_the_word_of_each_step_is_kept(empty_database, newer):
    newer(ADDS)
    with store_at(empty_database) as store:
        store.migrate()
    with psycopg.connect(empty_database) as connection:
        found = connection.execute("select version, works_with from healthsup.schema_version order by 1").fetchall()
    assert found == [(version, None) for version in range(1, WANTED + 1)] + [(WANTED + 1, WANTED)]


def test_every_step_leaves_the_program_before_it_at_work():
    """What is to go away goes a release after nobody needs it: the step that removes it then says so."""
    for version, name in migrating.migrations().items():
        if version >= FIRST_THAT_SAYS:
            said = migrating.works_with(name)
            assert said is not None, name
            assert said < version, name
            text = (statements.FOLDER / f"migrations/{name}.sql").read_text()
            assert said < version - 1 or not TAKES_AWAY.search(text), name
