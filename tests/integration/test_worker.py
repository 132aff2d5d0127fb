"""The real worker: what it answers, what it may not do, and how it ends."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from supervisor.launcher import Ending
from supervisor.standin import StandIn
from tests.helpers.worker import BOUND, ENVIRON, KEY, bench, check, seal
from workers import wire
from workers.wire import Phase, Reason


@pytest.fixture(scope="module")
def market():
    with StandIn() as standin:
        yield standin


@pytest.fixture(scope="module")
def good():
    return seal("openai", {"apiKey": "sk-demo-good-1234567890123"})


def test_a_job_is_answered_check_by_check(tmp_path, market, good):
    with bench(tmp_path, market.base_url) as worker:
        worker.set_up()
        answers = worker.ask(check(1, good), check(2, "junk"), check(3, good, probe=False), check(4, "{}", "stripe"))
        assert [answer.reason for answer in answers] == [
            Reason.OK, Reason.CORRUPT, Reason.VALID_UNPROBED, Reason.PLAINTEXT,
        ]  # fmt: skip
        assert answers[0].latency_ms is not None
        assert answers[2].latency_ms is None


def test_the_answers_of_a_job_stand_in_the_page_too(tmp_path, market, good):
    with bench(tmp_path, market.base_url) as worker:
        worker.set_up()
        answers = worker.ask(check(1, good), check(2, "junk"))
        kept = [cell for place in worker.child.page.places() for cell in place.answers]
        assert [wire.decode_answer(cell) for cell in kept] == answers


def test_a_check_that_is_validated_only_makes_no_request(tmp_path, market, good):
    before = market.ledger()
    with bench(tmp_path, market.base_url) as worker:
        worker.set_up()
        worker.ask(*(check(number, good, probe=False) for number in range(1, 9)))
    after = market.ledger()
    assert after == before


def test_told_to_stop_it_finishes_the_check_at_work_and_ends_with_0(tmp_path, market, good):
    slow = seal("openai", {"apiKey": "sk-demo-slow-400ms-stopped-1234567890"})
    market.clear()
    with bench(tmp_path, market.base_url) as worker:
        worker.set_up()
        worker.send(check(1, slow), *(check(number, good) for number in range(2, 17)))
        assert market.arrived("demo-slow-400ms-stopped", BOUND)
        worker.channel.send(worker.child.identity, wire.Stop())
        answered = [answer.check for message in worker.messages() for answer in message.answers]
        assert answered == [1]
        assert worker.child.reap(within=BOUND) == Ending(None, 0)


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [({}, "ENCRYPTION_KEY"), ({"ENCRYPTION_KEY": "too-short-a-key"}, "32")],
    ids=["no key", "short key"],
)
def test_without_a_usable_key_it_ends_with_78_and_says_why_without_the_key(tmp_path, environ, complaint):
    with bench(tmp_path, environ=environ) as worker:
        assert list(worker.messages()) == []
        assert worker.child.reap(within=BOUND) == Ending(None, 78)
        worker.child.read_stderr()
        assert complaint in worker.child.last_words
        assert "too-short-a-key" not in worker.child.last_words


def test_its_environment_is_bare_and_its_command_line_without_secrets(tmp_path):
    environ = {
        **ENVIRON,
        "DATABASE_URL": "postgresql://u:database-password@h/d",
        "HEALTHSUP_DSN": "host=h",
        "HOME": "/x",
    }
    with bench(tmp_path, environ=environ) as worker:
        worker.set_up()
        here = Path("/proc") / str(worker.child.pid)
        if os.getuid() == 0:
            names = {
                pair.split(b"=")[0].decode() for pair in here.joinpath("environ").read_bytes().split(b"\0") if pair
            }
            assert names <= {
                "LANG",
                "TZ",
                "RES_OPTIONS",
                "PATH",
                "ENCRYPTION_KEY",
                "SSL_CERT_FILE",
                "SSL_CERT_DIR",
                "LC_CTYPE",
            }
        command = here.joinpath("cmdline").read_bytes()
        assert KEY.encode() not in command
        assert b"password" not in command


def test_ps_tells_who_is_who(tmp_path):
    with bench(tmp_path) as worker:
        worker.set_up()
        here = Path("/proc") / str(worker.child.pid)
        assert here.joinpath("comm").read_text() == "hs-worker-1\n"
        assert here.joinpath("cmdline").read_bytes().startswith(b"healthsup: worker 1\0zygote\0%d\0" % os.getpid())
        zygote = Path("/proc") / here.joinpath("stat").read_text().rpartition(")")[2].split()[1]
        assert zygote.joinpath("comm").read_text() == "hs-zygote\n"


def test_it_has_only_the_descriptors_it_was_given(tmp_path):
    if os.getuid() != 0:
        pytest.skip("the descriptors of a process that is not dumpable are shown to root alone")
    with bench(tmp_path) as worker:
        worker.set_up()
        targets = [str(fd.readlink()) for fd in Path(f"/proc/{worker.child.pid}/fd").iterdir()]
        kinds = {re.sub(r"[\d:\[\]]+$", "", target) for target in targets}
        allowed = {"/dev/null", "pipe", "socket", "anon_inode:[eventfd", "anon_inode:[eventpoll"}
        memory = {"/memfd:healthsup-flight (deleted)", "/memfd:healthsup-dump (deleted)"}
        assert kinds <= allowed | memory | {f"/proc/{worker.child.pid}/statm"}, kinds


def test_it_leaves_no_core_and_gains_no_privilege(tmp_path):
    with bench(tmp_path) as worker:
        ready = worker.set_up()
        limits = Path(f"/proc/{worker.child.pid}/limits").read_text()
        assert re.search(r"Max core file size\s+0\s+0", limits)
        assert "NoNewPrivs:\t1" in Path(f"/proc/{worker.child.pid}/status").read_text()
        assert {"no-core", "no-new-privileges", "not-dumpable", "dies-with-parent"} <= set(ready.confinement)


PARENT = """
import os, sys
from pathlib import Path
from tests.helpers.worker import bench
with bench(Path(sys.argv[1])) as worker:
    worker.set_up()
    print(worker.child.pid, flush=True)
    sys.stdin.read()
"""


def test_it_dies_with_a_parent_that_is_killed(tmp_path):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as parent:
        pidfd = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        end = time.monotonic() + BOUND
        while True:
            try:
                signal.pidfd_send_signal(pidfd, 0)
            except ProcessLookupError:
                break
            if _is_zombie(pidfd):
                break
            assert time.monotonic() < end
            time.sleep(0.001)
    os.close(pidfd)


def _is_zombie(pidfd: int) -> bool:
    pid = next(
        line.split()[1]
        for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
        if line.startswith("Pid")
    )
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_signal_from_outside_leaves_a_dump_of_the_main_thread_alone(tmp_path, market, good):
    with bench(tmp_path, market.base_url) as worker:
        worker.set_up()
        worker.ask(check(1, good))
        worker.child.kill(signal.SIGSEGV)
        assert worker.child.reap(within=BOUND) == Ending("SIGSEGV", None)
        dump = worker.child.dump.read()
        assert b"Segmentation fault" in dump
        assert b"place_" not in dump


def test_the_page_says_which_check_is_in_which_phase(tmp_path, market):
    slow = seal("openai", {"apiKey": "sk-demo-slow-5000ms-1234567890"})
    with bench(tmp_path, market.base_url) as worker:
        worker.set_up()
        job = worker.send(check(77, slow))
        end = time.monotonic() + BOUND
        while not (
            found := [p for p in worker.child.page.places() if (p.job, p.check, p.phase) == (job, 77, Phase.PROBE)]
        ):
            assert time.monotonic() < end
            time.sleep(0.002)
        assert len(found) == 1
