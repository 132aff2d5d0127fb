"""`python -m workers seal` as `credential add` runs it: a process with a pipe or a terminal as its stdin."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.sealing import ENVIRON, values_in

ROOT = Path(__file__).parents[2]
SECRET = "sk-Kept/Secret-0123456789"
# The leader of a new session that opens a terminal gets it as its own, and so has a /dev/tty for getpass.
TAKE_TERMINAL = "import os, sys; os.dup2(os.open(sys.argv[1], os.O_RDWR), 0); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"


def command(*arguments):
    return ["-m", "workers", "seal", *arguments]


def environment():
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **ENVIRON}


@pytest.mark.parametrize("layout", ["gcm", "cbc"])
def test_a_pipe_brings_the_object_and_only_ciphertext_comes_out(layout):
    done = subprocess.run(
        [sys.executable, *command("--api", "openai", "--format", layout)],
        input=json.dumps({"apiKey": SECRET}).encode(),
        capture_output=True,
        env=environment(),
        cwd=ROOT,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert values_in(done.stdout.decode().removesuffix("\n")) == {"apiKey": SECRET}


def test_wrong_input_ends_with_2_and_no_key_with_78():
    for data, env, code in (("[]", environment(), 2), ("{}", {**environment(), "ENCRYPTION_KEY": "x"}, 78)):
        done = subprocess.run(
            [sys.executable, *command("--api", "openai")],
            input=data,
            capture_output=True,
            text=True,
            env=env,
            cwd=ROOT,
            timeout=30,
        )
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)


def test_on_a_terminal_each_field_is_asked_for_and_nothing_typed_is_echoed():
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, os.ttyname(theirs), *command("--api", "paypal")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=ROOT,
        start_new_session=True,
    ) as process:
        shown = answer(
            ours,
            ("paypal clientId: ", "the-id"),
            ("paypal clientSecret: ", SECRET),
            ("paypal environment: ", "sandbox"),
            ("paypal webhookId (optional, Enter to skip): ", ""),
        )
        out, err = process.communicate(timeout=30)
    shown += os.read(ours, 4096)
    os.close(ours)
    os.close(theirs)
    assert (process.returncode, err) == (0, b"")
    assert values_in(out.decode().removesuffix("\n")) == {
        "clientId": "the-id",
        "clientSecret": SECRET,
        "environment": "sandbox",
    }
    assert SECRET.encode() not in shown


def answer(terminal, *conversation):
    """Answer each question once it stands there (getpass discards what came before); all that was shown."""
    shown = b""
    for question, text in conversation:
        while not shown.endswith(question.encode()):
            assert select.select([terminal], [], [], 20)[0], f"no question in 20 s after {shown!r}"
            shown += os.read(terminal, 4096)
        os.write(terminal, f"{text}\n".encode())
    return shown
