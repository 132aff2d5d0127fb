"""The attack table: what a worker that is taken over tries, and which layer refuses it, as root and as a user.

Each row runs inside the real, confined worker. The same code in a worker without its sandbox shows that the attack
works where nothing refuses it. docs/explanation/sandbox.md has the table in words.
"""

import json
import os
import platform
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from supervisor.launcher import Ending
from tests.helpers import older_kernel
from tests.helpers.attack_table import ROWS
from tests.helpers.besieged import siege
from tests.helpers.keeper import search_path
from tests.helpers.worker import BOUND, bench, check, seal

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the attacks are written for x86-64")
OTHERS_PYTHON = Path("/usr/bin/python3")


ALLOWED = [("thread", ""), ("signal-itself", ""), ("resolve", "localhost"), ("resolve", "127.0.0.1")]


def user_of(lane):
    return (pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid) if lane == "a user" else None


@pytest.fixture(scope="module")
def python():
    """An interpreter that any user can run, with the packages of this one."""
    directory = Path(tempfile.mkdtemp(prefix="hs-"))
    directory.chmod(0o755)
    subprocess.run([OTHERS_PYTHON, "-m", "venv", "--without-pip", directory / "venv"], check=True, umask=0o022)
    (found,) = (directory / "venv/lib").glob("python3*/site-packages")
    (found / "ours.pth").write_text("\n".join(search_path().split(os.pathsep)))
    if found.parent.name != f"python{sys.version_info[0]}.{sys.version_info[1]}":
        pytest.skip(f"{OTHERS_PYTHON} is of another version than the packages here")
    yield directory / "venv/bin/python"
    shutil.rmtree(directory)


def besiege(lane, request, attacks, **options):
    """As root, or as nobody; where the tests run as a user, as that one."""
    if lane == "root" and os.getuid() != 0:
        pytest.skip("needs root")
    directory = Path(tempfile.mkdtemp(prefix="hs-"))
    request.addfinalizer(lambda: shutil.rmtree(directory))
    user = user_of(lane) if os.getuid() == 0 else None
    if user is not None:
        os.chown(directory, *user)
        options["python"] = request.getfixturevalue("python")
    return siege(directory, attacks, user=user, **options)


@pytest.fixture(scope="module", params=["root", "a user"])
def confined(request):
    attacks = [[row.attack, row.argument] for row in ROWS] + [list(one) for one in ALLOWED]
    return besiege(request.param, request, attacks)


@pytest.fixture(scope="module", params=["root", "a user"])
def bare(request):
    attacks = [[row.attack, row.argument] for row in ROWS if row.bare]
    return besiege(request.param, request, attacks, sandbox="off")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_a_worker_that_is_taken_over_cannot_have(confined, row):
    if row.layer not in confined["layers"]:
        pytest.skip(f"this kernel has no {row.layer}")
    assert confined["outcomes"][ROWS.index(row)] == row.refusal


@pytest.mark.parametrize("number", range(len(ALLOWED)), ids=[" ".join(one) for one in ALLOWED])
def test_what_its_work_needs_is_left(confined, number):
    assert confined["outcomes"][len(ROWS) + number] == "done"


def test_without_the_sandbox_the_same_code_succeeds(bare):
    tried = [row for row in ROWS if row.bare]
    assert {row.says: found for row, found in zip(tried, bare["outcomes"], strict=True)} == {
        row.says: row.bare for row in tried
    }


HOLDS_ALONE = [
    ("exec", "/bin/true", "EACCES"), ("write", "/tmp/healthsup-attack", "EACCES"), ("bind", "1", "EACCES"),
    ("signal", "{supervisor}", "EPERM"), ("connect-unix", "{abstract}", "EPERM"), ("connect", "{tcp}", "EACCES"),
]  # fmt: skip


@pytest.mark.parametrize("lane", ["root", "a user"])
def test_where_there_is_no_seccomp_landlock_holds_alone(request, lane):
    attacks = [[name, argument] for name, argument, _ in HOLDS_ALONE]
    found = besiege(lane, request, attacks, without=(older_kernel.SECCOMP,))
    if "landlock-scopes" not in found["layers"]:
        pytest.skip("this kernel's Landlock has no scopes")
    assert "seccomp" not in found["layers"]
    assert found["outcomes"] == [refusal for *_, refusal in HOLDS_ALONE]


@pytest.mark.parametrize("lane", ["root", "a user"])
def test_where_there_is_no_landlock_seccomp_writes_and_runs_nothing(request, lane):
    attacks = [["write", "/tmp/healthsup-attack"], ["overwrite", "{key}"], ["exec", "/bin/true"], ["bind", "1"],
               ["signal", "{supervisor}"], ["connect-unix", "{unix}"]]  # fmt: skip
    found = besiege(lane, request, attacks, without=(older_kernel.LANDLOCK,))
    if "seccomp" not in found["layers"]:
        pytest.skip("this kernel has no seccomp")
    assert "landlock" not in found["layers"]
    assert found["outcomes"] == ["EPERM"] * len(attacks)


def test_a_flood_of_threads_leaves_its_user_half_of_what_he_may_start(request):
    """The kernel bounds no threads of root: there it is the unit's user, or nothing, that does."""
    assert besiege("a user", request, [["flood-threads", "9000"]], tasks=16384)["outcomes"] == ["EAGAIN"]


def test_the_real_database_cannot_be_reached(request, empty_database):
    address = conninfo_to_dict(empty_database)
    path = f"{address['host']}/.s.PGSQL.{address['port']}"
    assert Path(path).is_socket()
    lane = "root" if os.getuid() == 0 else "a user"
    (outcome,) = besiege(lane, request, [["connect-unix", path]])["outcomes"]
    (unconfined,) = besiege(lane, request, [["connect-unix", path]], sandbox="off")["outcomes"]
    assert (outcome, unconfined) == ("EPERM", "done")


@pytest.mark.parametrize("call", [["syscall", str(0x40000000 + 39)], ["interrupt", ""]], ids=["x32", "i386"])
def test_a_call_by_the_numbers_of_another_architecture_ends_it(tmp_path, call):
    fields = {"apiKey": "sk-fault-attack-decrypt-0123456789", "order": json.dumps([call])}
    with bench(tmp_path, program="workers.faults") as worker:
        if "seccomp" not in worker.set_up().confinement:
            pytest.skip("this kernel has no seccomp")
        worker.send(check(1, seal("openai", fields), probe=False))
        assert list(worker.messages()) == []
        ending = worker.child.reap(within=BOUND)
        if call[0] == "interrupt" and ending == Ending("SIGSEGV", None):
            pytest.skip("this kernel knows no i386")
        assert ending == Ending("SIGSYS", None)
