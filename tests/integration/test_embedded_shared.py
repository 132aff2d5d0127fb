"""Two processes, one embedded PostgreSQL."""

import fcntl
import os

import pytest

from supervisor.embedded import Embedded
from supervisor.errors import Transient
from tests.helpers.keeper import Keeper
from tests.helpers.traces import ask, at_work, postmaster, tell


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "postgres"


def test_a_second_process_attaches_and_leaves_the_server_alone_when_it_ends(data_dir):
    with Embedded(data_dir, durable=False) as ours:
        pid = postmaster(data_dir)
        with Keeper(data_dir) as other:
            found = other.ensure()
            assert not found["owned"]
            tell(found["conninfo"], "create table seen (n int)")
        assert postmaster(data_dir) == pid
        assert ask(ours.ensure().conninfo(), "select count(*) from seen") == [(0,)]


def test_when_the_owner_ends_the_attached_one_starts_the_server_itself(data_dir):
    with Keeper(data_dir) as owner:
        assert owner.ensure()["owned"]
        tell(owner.ensure()["conninfo"], "create table kept (n int)", "insert into kept values (7)")
        attached = Embedded(data_dir, durable=False)
        attached.ensure()
        assert not attached.owned
    with attached:
        assert attached.owned
        assert ask(attached.ensure().conninfo(), "select n from kept") == [(7,)]
        with Keeper(data_dir) as third:
            assert not third.ensure()["owned"]
    assert at_work(data_dir) == set()


def test_when_the_owner_is_killed_the_attached_one_starts_the_server_itself(data_dir):
    with Keeper(data_dir) as owner, Embedded(data_dir, durable=False) as unused:
        unused.stop()
        owner.ensure()
        attached = Embedded(data_dir, durable=False)
        attached.ensure()
        owner.kill()
        while not attached.owned:  # the killed one's server may answer a few milliseconds longer
            attached.ensure()
        assert ask(attached.ensure().conninfo(), "select 1") == [(1,)]
        attached.stop()


def test_of_two_that_start_at_once_in_an_empty_place_one_makes_it_and_both_use_it(data_dir):
    with Keeper(data_dir) as first, Keeper(data_dir) as second:
        first.begin()
        second.begin()
        answers = [first.answer(), second.answer()]
        assert sorted(answer["owned"] for answer in answers) == [False, True]
        assert {tuple(ask(answer["conninfo"], "select 1")) for answer in answers} == {((1,),)}


def test_two_in_one_process_are_like_two_processes(data_dir):
    with Embedded(data_dir, durable=False) as first, Embedded(data_dir, durable=False) as second:
        assert (first.owned, second.owned) == (True, False)
        assert first.ensure() == second.ensure()


def test_a_lock_without_a_server_is_waited_for_within_bounds_and_then_named(data_dir):
    lock = os.open(data_dir.with_name(".postgres.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(Transient, match=r"another process holds .*\.postgres\.lock"):
        Embedded(data_dir).ensure(within=0.1)
    os.close(lock)
