"""A supervisor's embedded PostgreSQL was killed: it is started again as soon as that can be done."""

import os
import signal

import msgspec
import pytest

from supervisor.config.settings import Settings
from supervisor.service.database import Database
from tests.helpers.descriptors import descriptors_left
from tests.helpers.traces import alive, eventually, postmaster


@pytest.fixture
def database(tmp_path):
    made = Database(msgspec.convert({"database": {"embedded_dir": str(tmp_path / "postgres")}}, Settings))
    yield made
    made.close()


@pytest.mark.parametrize("is_there", [True, False])
def test_who_has_no_descriptor_left_to_look_for_its_database_tries_again_later(
    database, tmp_path, monkeypatch, is_there
):
    monkeypatch.setattr("supervisor.service.database._MEND_EVERY_S", 0.0)
    server = postmaster(tmp_path / "postgres")
    if not is_there:
        os.kill(server, signal.SIGKILL)
        assert eventually(lambda: not alive(server))
    with descriptors_left(0):
        database.mend(away=True)
    database.mend(away=True)
    assert alive(found := postmaster(tmp_path / "postgres"))
    assert (found == server) == is_there
