"""DHCP or a VPN replaces a file of the resolver: a worker's rules are bound to the one before, so it is replaced."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from supervisor.launcher import try_sandbox
from supervisor.lifecycle import State
from supervisor.service.watch import Resolver
from tests.helpers.puppets import Theatre
from workers import wire


@pytest.fixture
def etc():
    """A copy of /etc, to be put in its place."""
    if os.getuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("needs a mount namespace of its own")
    directory = Path(tempfile.mkdtemp(prefix="hs-"))
    directory.chmod(0o755)
    shutil.copytree("/etc", directory / "etc", symlinks=True, ignore_dangling_symlinks=True)
    yield directory / "etc"
    shutil.rmtree(directory)


def replace(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


def test_only_another_file_counts_and_one_that_is_missing_is_waited_for(tmp_path):
    path = tmp_path / "resolv.conf"
    path.write_text("nameserver 127.0.0.1\n")
    resolver = Resolver([path, tmp_path / "gai.conf"])
    path.write_text("nameserver 127.0.0.2\n")  # the same file: who may read it sees what is new
    assert resolver.replaced(10.0) == ""
    path.rename(tmp_path / "the one before")
    assert resolver.replaced(20.0) == ""
    path.write_text("")
    assert resolver.replaced(30.0) == "resolv.conf"
    assert resolver.replaced(40.0) == ""
    (tmp_path / "gai.conf").write_text("")
    assert resolver.replaced(50.0) == "gai.conf"


@pytest.mark.parametrize(("layers", "state"), [(("landlock",), State.DRAINING), ((), State.UP)])
def test_a_worker_under_landlock_is_replaced_by_plan_and_another_is_not(tmp_path, layers, state):
    path = tmp_path / "resolv.conf"
    path.write_text("")
    theatre = Theatre(tmp_path)
    try:
        theatre.worker._resolver = Resolver([path])
        who = theatre.active
        theatre.say(theatre.hello(who))
        theatre.say(wire.Ready(who.generation, layers))
        replace(path, "new")
        theatre.now += 10
        theatre.worker.tick(theatre.now)
        assert theatre.worker.life.state is state
    finally:
        theatre.close()


def test_a_name_that_came_with_the_new_file_is_found(system, etc):
    if "landlock" not in try_sandbox({}):
        pytest.skip("this kernel has no Landlock")
    port = system.market.base_url.rpartition(":")[2]
    replace(etc / "resolv.conf", "nameserver 127.0.0.1\n")
    system.configure(
        **{"providers.openai": {"base_url": f"http://provider.test:{port}", "interval": 1}}, schedule={"interval": 1}
    )
    (user,) = system.tenants.users(1)
    system.openai(user, "good")
    own_etc = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc && exec "$@"', str(etc))
    with system.run("workers", own_etc) as running:
        running.wait("pass.finished")
        assert system.statuses() != {user: "healthy"}
        replace(etc / "hosts", "127.0.0.1 localhost provider.test\n")
        retired = running.wait("worker.retired")
        assert retired["reason"] == "hosts"
        running.wait("status.changed", user_id=user, current="healthy")
        assert running.stop() == 0
