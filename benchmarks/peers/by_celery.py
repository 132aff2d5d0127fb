"""Celery 5, prefork with one process, on the filesystem broker, polled as often as it can be."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from board import Board
from celery import Celery

_PLACE = Path(os.environ["BENCH_BOARD"]).parent / f"celery-{os.environ.get('BENCH_TRIAL', '')}"
for folder in ("queue", "results"):
    (_PLACE / folder).mkdir(parents=True, exist_ok=True)

app = Celery("by_celery", broker="filesystem://", backend=f"file://{_PLACE / 'results'}")
app.conf.update(
    broker_transport_options={
        "data_folder_in": str(_PLACE / "queue"), "data_folder_out": str(_PLACE / "queue"), "polling_interval": 0.005,
        "control_folder": str(_PLACE / "control"),
    },
    broker_connection_retry_on_startup=True,
    worker_enable_remote_control=False,
    task_ignore_result=False,
)  # fmt: skip


@app.task(name="call")
def call(number: int, ciphertext: str) -> str:
    import job  # imported by the master before it forks, see `_imports`

    return job.run(number, ciphertext)


@app.on_after_finalize.connect
def _imports(**_: object) -> None:
    if "worker" in sys.argv:
        import job  # noqa: F401


class Ticket:
    """`done_at` is the worker's own stamp: the result's way through the backend is not held against it."""

    def __init__(self, board: Board, number: int, result) -> None:
        self._board = board
        self._number = number
        self._result = result

    @property
    def done_at(self) -> float:
        return self._board[self._number].done_at

    def wait(self, within: float) -> str:
        end = time.monotonic() + within
        while time.monotonic() < end:
            if self._board[self._number].ends:
                return "ok"
            if self._result.state == "FAILURE":
                return repr(self._result.result)
            time.sleep(0.002)
        raise TimeoutError


class Prefork:
    recreates = False
    times_out = True

    def __init__(self) -> None:
        self._board = Board(Path(os.environ["BENCH_BOARD"]))
        self._process: subprocess.Popen | None = None

    def open(self) -> None:
        options = ["-c1", "-Pprefork", "-lERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "by_celery", "worker", *options],
            cwd=Path(__file__).parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(_PLACE / "log").open("ab"),
        )

    def submit(self, number: int, ciphertext: str, deadline: float | None = None) -> Ticket:
        return Ticket(self._board, number, call.apply_async((number, ciphertext), time_limit=deadline))

    def close(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None: ...

    @property
    def parent(self) -> int:
        assert self._process
        return self._process.pid
