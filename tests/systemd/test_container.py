"""The parts of a container, without an engine: the first process of its own pid namespace, a root that cannot be
written, no home, a user that nobody has heard of. What Containerfile sets is what is set here."""

import json
import re
import time

import pytest

from tests.helpers.box import BOUND
from tests.helpers.project import ROOT

pytestmark = pytest.mark.slow

UID = 54321
INSIDE = r"""
mount --rbind / /mnt
cd /mnt
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=1777 tmpfs var/lib/healthsup
mount -t tmpfs tmpfs etc/healthsup
mount -t tmpfs -o mode=755 tmpfs run
mount -o remount,bind,ro /mnt
pivot_root . .
umount -l .
cd /
exec setpriv --reuid=54321 --regid=54321 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
    env -i "$@" /opt/healthsup/bin/healthsup run
"""
SETTINGS = {
    "PATH": "/usr/bin:/bin",
    "STATE_DIRECTORY": "/var/lib/healthsup",
    "HEALTHSUP_LOG__FORMAT": "json",
    "ENCRYPTION_KEY": "a key of a container, long enough for everyone",
}


class Container:
    def __init__(self, box) -> None:
        self.box = box
        environ = [f"{name}={value}" for name, value in SETTINGS.items()]
        unshare = ("unshare", "--pid", "--fork", "--mount", "--mount-proc", "--kill-child=SIGKILL")
        box.run("systemd-run", "-q", "--unit=container", *unshare, "sh", "-euc", INSIDE, "-", *environ)
        outer = box.run("systemctl", "show", "container", "-PMainPID").strip()
        self.first = self.wait("pgrep", "-P", outer).strip()

    def wait(self, *command: str) -> str:
        """What the command says as soon as it succeeds."""
        end = time.monotonic() + BOUND
        while (done := self.box.ask(*command)).returncode != 0:
            log = self.box.ask("journalctl", "-q", "-u", "container", "-o", "cat", "-n", "20").stdout
            assert time.monotonic() < end, f"{command}: {done.stderr}\n{log}"
        return done.stdout

    def inside(self, *command: str) -> tuple[str, ...]:
        """A command line that joins the container, as its engine's `exec` does."""
        environ = [f"{name}={value}" for name, value in SETTINGS.items()]
        user = ("--setuid", str(UID), "--setgid", str(UID))
        return ("nsenter", "-t", self.first, "--pid", "--mount", "--root", *user, "env", "-i", *environ, *command)


@pytest.fixture(scope="module")
def container(box):
    return Container(box)


def test_its_health_check_is_a_command_that_succeeds_when_a_worker_is_there(container):
    check = re.search(r"^HEALTHCHECK .* CMD (\[.*\])$", (ROOT / "Containerfile").read_text(), re.MULTILINE)
    program, *words = json.loads(check[1])
    assert (program, words[-1]) == ("healthsup", "--strict")
    said = container.wait(*container.inside(f"/opt/healthsup/bin/{program}", *words))
    assert re.search(r"^supervisor pid +1$", said, re.MULTILINE)


def test_it_has_no_root_no_home_and_nothing_to_write_but_its_volume(container):
    status = container.box.run("cat", f"/proc/{container.first}/status")
    assert f"Uid:\t{UID}\t{UID}\t{UID}\t{UID}" in status
    assert "CapBnd:\t0000000000000000" in status
    assert "HOME=" not in container.box.run("cat", f"/proc/{container.first}/environ")
    assert container.box.ask(*container.inside("touch", "/opt/healthsup/x")).returncode == 1


def test_a_worker_that_dies_is_replaced(container):
    container.wait(*container.inside("/opt/healthsup/bin/healthsup", "worker", "show"))
    container.box.run(*container.inside("/opt/healthsup/bin/healthsup", "worker", "kill"))
    container.wait("sh", "-c", 'journalctl -q -u container -o cat | grep -q \'"worker.died".*"SIGSEGV"\'')
    container.wait(*container.inside("/opt/healthsup/bin/healthsup", "worker", "show"))


def test_the_first_process_waits_for_what_others_leave_behind(container):
    zombies = "grep -qs '^State:.Z' /proc/[0-9]*/status"
    container.box.run(*container.inside("sh", "-c", "setsid sh -c 'exit 3' & exec true"))
    container.wait(*container.inside("sh", "-c", zombies))
    container.wait(*container.inside("sh", "-c", f"! {zombies}"))


def test_a_stop_ends_everything_in_an_orderly_way(container):
    container.box.run("kill", "-TERM", container.first)
    container.wait("sh", "-c", "! systemctl is-active -q container")
    log = container.box.run("journalctl", "-q", "-u", "container", "-o", "cat")
    assert '"event": "supervisor.stopped"' in log
    assert container.box.run("systemctl", "show", "container", "-PResult") == "success\n"
    assert container.box.ask("pgrep", "-u", str(UID)).returncode == 1
