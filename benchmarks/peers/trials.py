"""One trial of one peer, in a process of its own: `trials.py PEER TRIAL TIMES`, result as JSON on stdout."""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

from board import Board
from pools import Loky, Pebble, Pool

DEADLINE_S = 1.0
QUEUE = 40  # jobs that are there at once
POISON = 5  # which of them crashes
_PATIENCE_S = 30.0
_BLOCKED_S = 4.0
_LOST_S = 14.0  # celery takes ten to say that a worker is lost
_TRIES = 10


def _celery():
    from by_celery import Prefork

    return Prefork()


PEERS = {
    "pebble": lambda: Pebble(""),
    "ProcessPoolExecutor fork": lambda: Pool("fork"),
    "ProcessPoolExecutor fork, preloaded": lambda: Pool("fork, preloaded"),
    "ProcessPoolExecutor forkserver, preloaded": lambda: Pool("forkserver, preloaded"),
    "loky": lambda: Loky(""),
    "celery prefork": _celery,
}


class Trial:
    def __init__(self, peer, texts: dict[str, str], board: Board) -> None:
        self.peer = peer
        self.texts = texts
        self.board = board
        self.unusable = 0
        self._numbers = count(1)

    def submit(self, kind: str, deadline: float | None = None):
        number = next(self._numbers)
        return number, self.peer.submit(number, self.texts[kind], deadline)

    def renew(self) -> None:
        if self.peer.recreates:
            self.peer.forget()
            self.peer.open()

    def opened(self) -> None:
        self.peer.open()
        self.expect_ok()

    def expect_ok(self) -> None:
        _, ticket = self.submit("good")
        self.expect_ok_of(ticket)

    def expect_ok_of(self, ticket) -> None:
        assert (said := ticket.wait(_PATIENCE_S)) == "ok", said

    def begun(self, number: int) -> None:
        end = time.monotonic() + _PATIENCE_S
        while not self.board[number].starts:
            assert time.monotonic() < end, "it does not begin"
            time.sleep(0.005)

    def cold(self, _: int) -> dict:
        """From nothing to the first success."""
        began = time.monotonic()
        self.peer.open()
        _, ticket = self.submit("good")
        self.expect_ok_of(ticket)
        return {"ms": [(ticket.done_at - began) * 1000]}

    def crash(self, times: int) -> dict:
        """One of many waiting jobs crashes; afterwards everything goes on with what is left."""
        self.opened()
        found: dict = {"ms": [], "innocents": 0, "waiting": 0}
        for _ in range(times):
            queue = [self.submit("segv" if place == POISON else "good") for place in range(QUEUE)]
            culprit, ticket = queue[POISON]
            if self.peer.recreates:  # told by the benchmark which job to leave out: nobody else can tell
                found["blamed"] = ticket.wait(_PATIENCE_S)
                self.renew()
                _, following = self.submit("good")
                self.expect_ok_of(following)
            said = [one.wait(_PATIENCE_S) for place, (_, one) in enumerate(queue) if place != POISON]
            begun_at = self.board[culprit].begun_at
            if not self.peer.recreates:  # not every broker keeps an order: the first of those that began afterwards
                later = [one for number, one in queue if self.board[number].begun_at > begun_at]
                following = min(later, key=lambda one: one.done_at)
            done_at = following.done_at
            found["ms"].append((done_at - begun_at) * 1000)
            found["innocents"] += sum(one != "ok" for one in said)
            found["waiting"] += len(said)
        if not self.peer.recreates:
            asked = time.monotonic()
            found["blamed"] = ticket.wait(_PATIENCE_S)
            found["blamed"] += f" (known {time.monotonic() - asked:.1f} s after everything else was done)"
        return found

    def hang(self, times: int) -> dict:
        """How long after the deadline the next job succeeds; None: never."""
        self.opened()
        late = []
        for _ in range(times):
            culprit, _ = self.submit("hang", DEADLINE_S)
            self.begun(culprit)
            _, ticket = self.submit("good")
            try:
                said = ticket.wait(DEADLINE_S + _BLOCKED_S)
            except TimeoutError:
                os.kill(self.board[culprit].pid, signal.SIGKILL)
                return {"ms": None}
            assert said == "ok", said
            late.append((ticket.done_at - self.board[culprit].begun_at - DEADLINE_S) * 1000)
        return {"ms": late}

    def twice(self, times: int) -> dict:
        """The worker is killed right after a job's end; what has failed is tried again. How many ended twice?

        A hit: the parent had no result yet when the worker was gone. Without hits the count says nothing.
        """
        self.opened()
        seed = random.Random(4)
        again = hits = 0
        for _ in range(times):
            number = next(self._numbers)
            killer = kill_at_end(partial(self.ended, number), partial(self.process_of, number), seed)
            hits += self.succeed(number) > 1
            os.waitpid(killer, 0)
            again += self.board[number].ends > 1
            self.succeed(next(self._numbers))  # the kill may have come after the result
        return {"twice": again, "hits": hits, "kills": times, "unusable": self.unusable}

    def ended(self, number: int) -> bool:
        return self.board[number].ends > 0

    def process_of(self, number: int) -> int:
        return self.board[number].pid

    def succeed(self, number: int) -> int:
        """Try until it is done, and say how often; a peer that has become unusable is started anew and counted."""
        for tries in range(1, _TRIES + 1):
            try:
                said = self.peer.submit(number, self.texts["good"]).wait(_LOST_S)
            except (TimeoutError, RuntimeError):  # neither result nor error will come; or it takes nothing any more
                self.unusable += 1
                self.peer.close()
                self.peer.open()
                continue
            if said == "ok":
                return tries
            self.renew()
        raise AssertionError("it never succeeds")

    def poison(self, times: int) -> dict:
        """A job that always crashes, submitted again each time it has failed."""
        self.opened()
        number = next(self._numbers)
        for _ in range(times):
            assert self.peer.submit(number, self.texts["segv"]).wait(_PATIENCE_S) != "ok"
            self.renew()
        return {"runs": self.board[number].starts, "tries": times}

    def orphan(self, _: int) -> dict:
        """Hang, and wait for the parent's end: the caller kills it."""
        self.opened()
        number, _ = self.submit("hang")
        self.begun(number)
        print(json.dumps({"parent": self.peer.parent, "family": family(self.peer.parent)}), flush=True)
        time.sleep(_PATIENCE_S)
        return {}


def kill_at_end(ended: Callable[[], bool], victim: Callable[[], int], seed: random.Random) -> int:
    """A process that kills the victim up to 0.15 ms after `ended`, as nobody inside could aim; its pid."""
    wait_s = seed.uniform(0, 0.00015)
    if (pid := os.fork()) != 0:
        return pid
    with suppress(BaseException):
        give_up = time.monotonic() + _PATIENCE_S
        while not ended() and time.monotonic() < give_up:
            pass
        at = time.monotonic() + wait_s
        while time.monotonic() < at:
            pass
        os.kill(victim(), signal.SIGKILL)
    os._exit(0)


def family(pid: int) -> list[int]:
    """Every process below."""
    below = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return below + [one for child in below for one in family(child)]


def main(name: str, trial: str, times: str) -> None:
    texts = json.loads(os.environ["BENCH_TEXTS"])
    board = Board(Path(os.environ["BENCH_BOARD"]))
    if name == "healthsup":
        from own import Own

        found = getattr(Own(), trial)(int(times))
    else:
        peer = PEERS[name]()
        found = getattr(Trial(peer, texts, board), trial)(int(times))
        print(json.dumps(found), flush=True)
        peer.close()
        os._exit(0)  # whatever a pool still waits for
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
