"""`worker.sandbox`: what is in force, what is asked for, and what a kernel that lacks some of it leads to."""

import subprocess
import sys

import pytest

from supervisor.launcher import LAYERS, lacking, try_sandbox
from tests.helpers import older_kernel
from tests.helpers.system import ROOT

pytestmark = pytest.mark.skipif(not older_kernel.SUPPORTED, reason="no filter is written for this architecture")
HERE = try_sandbox({})


def on_a_kernel_without(system, numbers, *arguments):
    """The command, where these system calls are not there."""
    command = [sys.executable, "-m", "tests.helpers.older_kernel", ",".join(map(str, numbers)), *arguments]
    return subprocess.run(
        command, env=system.environ, cwd=ROOT, capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize(
    ("missing", "named"),
    [(older_kernel.LANDLOCK, "landlock"), (older_kernel.SECCOMP, "seccomp")],
    ids=["landlock", "seccomp"],
)
def test_a_sandbox_that_is_required_and_not_there_is_78(system, missing, named):
    system.configure(worker={"sandbox": "require"})
    done = on_a_kernel_without(system, [missing], "run")
    assert done.returncode == 78
    assert f"no {named}" in done.stderr.splitlines()[-1]


def test_auto_takes_what_there_is_and_says_so(system):
    (user,) = system.tenants.users(1)
    system.openai(user, "good")
    done = on_a_kernel_without(system, [older_kernel.LANDLOCK], "check")
    assert done.returncode == 0, done.stderr
    assert system.statuses() == {user: "healthy"}
    told = on_a_kernel_without(system, [older_kernel.LANDLOCK, older_kernel.SECCOMP], "doctor").stdout
    assert "missing: landlock, landlock-ports, landlock-scopes, seccomp, no-unix-sockets;" in " ".join(told.split())


def test_required_and_there_it_runs_and_every_layer_is_in_force(system):
    if missing := lacking(HERE):
        pytest.skip(f"this kernel has no {', '.join(missing)}")
    system.configure(worker={"sandbox": "require"})
    with system.run() as running:
        assert set(LAYERS) <= set(running.wait("worker.ready")["confinement"].split())
        shown = system.command("worker", "show").stdout
        assert "seccomp" in next(line for line in shown.splitlines() if line.startswith("confinement"))
        assert "in force" in system.command("doctor").stdout
        assert running.stop() == 0


def test_off_reaches_the_worker(system):
    (user,) = system.tenants.users(1)
    system.openai(user, "good")
    system.configure(worker={"sandbox": "off"})
    with system.run() as running:
        layers = set(running.wait("worker.ready")["confinement"].split())
        assert not layers & set(LAYERS)
        assert "no-core" in layers
        running.wait("pass.finished")
        assert 'worker.sandbox is "off"' in " ".join(system.command("doctor").stdout.split())
        assert running.stop() == 0
    assert system.statuses() == {user: "healthy"}


def test_a_reload_turns_it_off_and_on_again(system):
    users = system.tenants.users(2)
    for user in users:
        system.openai(user, "good")
    system.configure(worker={"sandbox": "off"})
    with system.run() as running:
        running.wait("pass.finished")
        system.configure(worker={"sandbox": "auto"})
        assert system.command("reload").returncode == 0
        running.wait("worker.retired", reason="reload")
        confined = running.wait("worker.ready", count=3)["confinement"].split()
        assert lacking(confined) == lacking(HERE)
        assert system.command("check").returncode == 0
        assert running.stop() == 0


@pytest.mark.parametrize("answer", ["None", "''", "(_ for _ in ()).throw(ValueError)"])
def test_under_another_c_library_there_is_no_filter_rather_than_one_that_finds_no_name(answer):
    script = (
        f"import os; os.confstr = lambda _: {answer};"
        "from workers.sandbox import seccomp; import socket;"
        "print(seccomp.confine_zygote() + seccomp.confine_worker() + seccomp.forbid_unix_sockets());"
        "socket.socket(socket.AF_UNIX).close()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "()\n"), done.stderr
