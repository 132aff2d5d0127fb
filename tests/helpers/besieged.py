"""A confined worker that somebody has taken over, beside a supervisor, its files and its database's sockets.

Run as a program it may be another user, or live on an older kernel; imported, it starts such a program.
"""

import json
import os
import resource
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.helpers import older_kernel
from tests.helpers.worker import ENVIRON, bench, check, seal

ROOT = Path(__file__).parents[2]
MEMORY_MIB = 400


def siege(
    directory: Path, attacks: list, *, python=sys.executable, user=None, sandbox="auto", without=(), tasks=0
) -> dict:
    """{"layers": […], "outcomes": [a word for each attack]} of a worker in a directory of its user's own."""
    given = {"directory": str(directory), "attacks": attacks, "sandbox": sandbox, "without": without, "tasks": tasks}
    done = subprocess.run(
        [python, "-m", "tests.helpers.besieged"],
        input=json.dumps(given), capture_output=True, text=True, cwd=ROOT, timeout=100,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(directory)},
        **({} if user is None else {"user": user[0], "group": user[1], "extra_groups": []}),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def main() -> None:
    given = json.load(sys.stdin)
    if given["without"]:
        older_kernel.without(*given["without"])
    if given["tasks"]:
        resource.setrlimit(resource.RLIMIT_NPROC, (given["tasks"], given["tasks"]))
    directory = Path(given["directory"])
    with ExitStack() as exits:
        names = {"{supervisor}": str(os.getpid()), **_surroundings(directory, exits)}
        attacks = [[name, _filled(argument, names)] for name, argument in given["attacks"]]
        options = {"sandbox": given["sandbox"], "memory-mib": MEMORY_MIB}
        worker = exits.enter_context(bench(directory, program="workers.faults", environ=ENVIRON, **options))
        layers = worker.set_up().confinement
        fields = {"apiKey": "sk-fault-attack-decrypt-0123456789", "order": json.dumps(attacks)}
        worker.ask(check(1, seal("openai", fields), probe=False))
        said = ""
        while text := worker.child.read_stderr():
            said += text
        json.dump({"layers": layers, "outcomes": [json.loads(line)[2] for line in said.splitlines()]}, sys.stdout)


def _surroundings(directory: Path, exits: ExitStack) -> dict[str, str]:
    """What there is to be reached: files of the user's own, and sockets that somebody listens on."""
    found = {"{directory}": str(directory)}
    for name in ("key", "config", "home", "other"):
        path = directory / f"{name}.txt"
        path.write_text("a secret\n")
        path.chmod(0o600)
        found[f"{{{name}}}"] = str(path)
    tcp = exits.enter_context(socket.create_server(("127.0.0.1", 0)))
    found["{tcp}"] = str(tcp.getsockname()[1])
    abstract = f"healthsup-test-{os.getpid()}"
    for name, kind, address in (
        ("unix", socket.SOCK_STREAM, str(directory / "s")), ("datagram", socket.SOCK_DGRAM, str(directory / "d")),
        ("abstract", socket.SOCK_STREAM, f"\0{abstract}"),
    ):  # fmt: skip
        sock = exits.enter_context(socket.socket(socket.AF_UNIX, kind))
        sock.bind(address)
        if kind == socket.SOCK_STREAM:
            sock.listen(8)
        found[f"{{{name}}}"] = address.replace("\0", "@")
    return found


def _filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(name, value)
    return text


if __name__ == "__main__":
    main()
