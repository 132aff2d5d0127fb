"""PostgreSQL refuses to run as root: what happens then, and what an ordinary user finds."""

import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from supervisor.embedded import Embedded, guise, locate
from supervisor.errors import BadConfig
from tests.helpers.keeper import Keeper, python_for
from tests.helpers.traces import ask, postmaster

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be root, or become another user")
NOBODY = (pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
STRANGER = (54_321, 54_321)  # a user id that has no entry in passwd, as containers like to have


@pytest.fixture
def public():
    """A directory of root's that every user may enter; pytest's own is root's alone."""
    directory = Path(tempfile.mkdtemp(prefix="healthsup-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def private(public):
    (public / "private").mkdir(mode=0o700)
    return public / "private"


def runs_as(data_dir):
    """User id of the postmaster, seen from outside."""
    return Path(f"/proc/{postmaster(data_dir)}").stat().st_uid


def namespaces():
    """Whether root may make a user namespace here; containers often forbid it."""
    return os.system("unshare --user true 2>/dev/null") == 0


needs_namespaces = pytest.mark.skipif(not namespaces(), reason="user namespaces are forbidden here")


def modes(path):
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in path.parents}


def test_roots_server_runs_as_another_user_where_that_one_can_enter(public):
    before, data_dir = modes(public / "x"), public / "deep" / "er" / "postgres"
    with Embedded(data_dir, durable=False) as embedded:
        assert ask(embedded.ensure().conninfo(), "select 1") == [(1,)]
        assert runs_as(data_dir) != 0
        assert data_dir.stat().st_uid == runs_as(data_dir)
        assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    with Embedded(data_dir, durable=False) as embedded:
        assert ask(embedded.ensure().conninfo(), "select 1") == [(1,)]
    assert modes(public / "x") == before


@needs_namespaces
def test_roots_server_in_a_private_place_stays_roots_unseen_by_itself(private):
    with Embedded(private / "postgres", durable=False) as embedded:
        assert ask(embedded.ensure().conninfo(), "select 1") == [(1,)]
        pid = postmaster(private / "postgres")
        assert Path(f"/proc/{pid}/uid_map").read_text().split() == [str(NOBODY[0]), "0", "1"]
    assert {path.stat().st_uid for path in private.rglob("*")} == {0}
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@needs_namespaces
def test_a_cluster_that_was_moved_to_a_public_place_still_starts(public, private):
    with Embedded(private / "postgres", durable=False):
        pass
    (private / "postgres").rename(public / "moved")
    with Embedded(public / "moved", durable=False) as embedded:
        assert ask(embedded.ensure().conninfo(), "select 1") == [(1,)]


def test_root_in_a_place_of_an_ordinary_user_works_as_that_user(public):
    (public / "theirs").mkdir()
    os.chown(public / "theirs", *NOBODY)
    with Embedded(public / "theirs" / "below" / "postgres", durable=False):
        assert runs_as(public / "theirs" / "below" / "postgres") == NOBODY[0]
    assert {path.stat().st_uid for path in public.rglob("*")} == {NOBODY[0]}


def test_binaries_out_of_reach_are_copied_where_namespaces_are_forbidden(public, private, monkeypatch):
    monkeypatch.setattr(guise, "_namespaces", list)
    bin_dir = locate()
    install, package = bin_dir.parent, bin_dir.parent.parent
    for source in (install / "bin", install / "lib", install / "share", *package.parent.glob("*.libs")):
        if source.is_dir():
            shutil.copytree(source, private / source.relative_to(package.parent), symlinks=True)
    hidden = private / bin_dir.relative_to(package.parent)
    for _ in range(2):
        with Embedded(public / "postgres", durable=False, bin_dir=hidden) as embedded:
            assert ask(embedded.ensure().conninfo(), "select 1") == [(1,)]
            assert runs_as(public / "postgres") != 0
            copies = list((public / ".postgres.bin").iterdir())
    assert len(copies) == 1


def test_a_place_that_no_other_user_can_enter_is_refused_where_namespaces_are_forbidden(private, monkeypatch):
    monkeypatch.setattr(guise, "_namespaces", list)
    with pytest.raises(BadConfig, match=r"no other user can enter .*private.*database\.embedded_dir"):
        Embedded(private / "postgres").ensure()


def test_a_directory_named_by_mistake_keeps_its_owner(public):
    (public / "etc").mkdir()
    (public / "etc" / "passwd").write_text("precious")
    with pytest.raises(BadConfig, match="not empty"):
        Embedded(public / "etc").ensure()
    assert {path.stat().st_uid for path in public.rglob("*")} == {0}


@pytest.fixture(params=[NOBODY, STRANGER], ids=["nobody", "stranger"])
def user(request):
    if request.param == STRANGER and not namespaces():
        pytest.skip("user namespaces are forbidden here")
    return request.param


def keeper_of(user, data_dir, **more):
    python = python_for(user)
    if python is None:
        pytest.skip("no interpreter and checkout that another user can read")
    return Keeper(data_dir, user=user, python=python, cwd="/", **more)


def test_an_ordinary_user_starts_a_server_of_their_own(public, user):
    (public / "home").mkdir(mode=0o700)
    os.chown(public / "home", *user)
    data_dir = public / "home" / "data" / "post gres"
    with keeper_of(user, data_dir) as keeper:
        found = keeper.ensure()
        assert (found["owned"], found["uid"]) == (True, user[0])
        assert runs_as(data_dir) == user[0]
        assert ask(found["conninfo"], "select 1") == [(1,)]
    assert {path.stat().st_uid for path in public.rglob("*")} == {user[0]}


def test_root_and_the_ordinary_owner_take_turns_and_share(public):
    (public / "home").mkdir(mode=0o755)
    os.chown(public / "home", *NOBODY)
    data_dir = public / "home" / "postgres"
    with keeper_of(NOBODY, data_dir) as owner:
        assert owner.ensure()["owned"]
        roots = Embedded(data_dir, durable=False)
        roots.ensure()
        assert not roots.owned
    with roots:
        assert roots.owned
        with keeper_of(NOBODY, data_dir) as attached:
            assert not attached.ensure()["owned"]
    with keeper_of(NOBODY, data_dir) as again:
        assert again.ensure()["owned"]


def test_an_ordinary_user_is_told_where_they_may_not_write(public):
    with keeper_of(NOBODY, public / "new" / "postgres") as keeper:
        answer = keeper.ensure()
    assert answer["kind"] == "BadConfig"
    assert "Permission denied: set database.embedded_dir" in answer["error"]


def test_an_ordinary_user_is_told_that_a_cluster_is_not_theirs(public):
    with Embedded(public / "postgres", durable=False), keeper_of(NOBODY, public / "postgres") as keeper:
        answer = keeper.ensure()
    assert answer["kind"] == "BadConfig"
    assert "Permission denied" in answer["error"]
