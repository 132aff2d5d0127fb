"""The same trials of healthsup: its own worker life, desk, launcher and wire, with the worker that crashes on command.

Turned as `supervisor.service.loop` turns them, with nothing stored. The crash is stamped as the peers' is: when the
check that crashes begins, a moment before it does.
"""

import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from trials import DEADLINE_S, POISON, QUEUE, family, kill_at_end

from supervisor.assess import Found
from supervisor.blame import Death
from supervisor.channel import Channel
from supervisor.launcher import Launcher
from supervisor.lifecycle import Spare
from supervisor.schedule import Claim
from supervisor.service.desk import Desk
from supervisor.service.orders import Orders, Reports
from supervisor.service.worker import Worker
from workers import wire
from workers.flight import Place
from workers.secret import Secret
from workers.vault import Layout, Vault, read_key
from workers.wire import Phase, Reason

_WITHIN_S = 20.0
_STRIKES = 2
_BURIAL_S = 0.0005  # what is found in the page is settled so long before the death is told, at the most
API = "openai"


class Own:
    def __init__(self) -> None:
        self._vault = Vault(read_key(None, os.environ))
        self.settled: dict[int, tuple[Reason, float]] = {}  # check → what, when the supervisor held it
        self.deaths: list[tuple[Death, list[Place], float]] = []  # with the page, and when it was known
        self.handed: list[int] = []  # checks in the order in which they were sent, again ones too
        self._checks = count(1)

    # --- the machinery -----------------------------------------------------------------------------------------------

    def open(self, deadline: float = 30.0) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="healthsup-bench-")
        self.channel = Channel(Path(self._directory.name, "w.sock"))
        self.desk = Desk(deadline)
        sandbox = os.environ.get("BENCH_SANDBOX", "auto")
        ports = f"443,53,{urlsplit(os.environ['BENCH_MARKET']).port}"
        self.worker = Worker(
            self.channel,
            Launcher(None, os.environ, program="workers.faults", confined=sandbox != "off"),
            Orders(1, self._setup, deadline, options={"sandbox": sandbox, "ports": ports}),
            self.desk,
            Reports(self._settle, self._died, _STRIKES),
        )

    def _setup(self, generation: int) -> wire.Setup:
        return wire.Setup(
            version=wire.VERSION, generation=generation, window=1, crypto_concurrency=1,
            check_deadline=self.desk.check_deadline, connect_timeout=2, total_timeout=15, max_body_bytes=262_144,
            allow_private=True, base_urls={API: os.environ["BENCH_MARKET"]},
        )  # fmt: skip

    def turn(self) -> None:
        """As the loop's own turn, one thing after the other."""
        now = time.monotonic()
        until = self.worker.next_deadline()
        wake = self.channel.wait(min(0.2, max(0.0, until - now)) if until is not None else 0.2)
        now = time.monotonic()
        if wake.messages:
            for received in self.channel.receive():
                self.worker.hear(received, now)
        self.worker.readable(wake.fds, now)
        self.worker.tick(now)
        before = set(self.desk.in_flight)
        self.worker.send(1, now)
        for job in self.desk.in_flight.keys() - before:
            self.handed += self.desk.in_flight[job].pending

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + _WITHIN_S
        while not condition():
            assert time.monotonic() < end, "nothing happens any more"
            self.turn()

    def put(self, kind: str) -> int:
        """A credential of its own for each check: a provider may be asked only so often about one."""
        check = next(self._checks)
        fields = json.dumps({"apiKey": f"sk-demo-good-u{check}-fault-{kind}-probe-0123456789"})
        text = self._vault.seal(Secret(fields), Layout.GCM)
        self.desk.put([Claim(check, 1, check, API, "production", text, 0.0)], probe=True)
        return check

    def ready(self) -> None:
        """Something was answered, and the spare is there."""
        check = self.put("good")
        self.until(lambda: check in self.settled and self.worker.life.spare is Spare.READY)

    def _settle(self, claim: Claim, found: Found) -> None:
        assert claim.check not in self.settled, "settled twice"
        self.settled[claim.check] = (found.reason, time.monotonic())

    def _died(self, death: Death) -> None:
        hand = self.worker.falling or self.worker.active
        self.deaths.append((death, hand.child.page.places() if hand else [], time.monotonic()))

    def close(self) -> None:
        self.worker.close()
        self.channel.close()
        self._directory.cleanup()

    # --- the trials --------------------------------------------------------------------------------------------------

    def cold(self, _: int) -> dict:
        began = time.monotonic()
        self.open()
        check = self.put("good")
        self.until(lambda: check in self.settled)
        found = {"ms": [(self.settled[check][1] - began) * 1000]}
        self.close()
        return found

    def crash(self, times: int) -> dict:
        self.open()
        found: dict = {"ms": [], "innocents": 0, "waiting": 0, "known_ms": []}
        for _ in range(times):
            self.ready()
            died = len(self.deaths)
            queue = [self.put("segv" if place == POISON else "good") for place in range(QUEUE)]
            self.until(lambda all_=queue: all(check in self.settled for check in all_))
            death, page, known_at = self.deaths[died]
            begun_at = next(place.since for place in page if place.check == queue[POISON])
            found["ms"].append((self.settled[queue[POISON + 1]][1] - begun_at) * 1000)
            found["known_ms"].append((known_at - begun_at) * 1000)
            said = [self.settled[check][0] for place, check in enumerate(queue) if place != POISON]
            found["innocents"] += sum(one is not Reason.OK for one in said)
            found["waiting"] += len(said)
            assert len(self.deaths) == died + 2, "once among the others, once alone"
            assert death.user_id == queue[POISON], "the wrong one is blamed"
        found["blamed"] = (
            f"{death.signal} in {death.phase} of user {death.user_id}'s {death.api}, judgement: {death.judgement}"
        )
        self.close()
        return found

    def hang(self, times: int) -> dict:
        self.open(DEADLINE_S)
        late = []
        for _ in range(times):
            self.ready()
            culprit, next_one = self.put("hang"), self.put("good")
            self.until(lambda one=next_one: one in self.settled)
            self.until(lambda one=culprit: one in self.settled)
            place = next(place for place in self.deaths[-1][1] if place.check == culprit)
            late.append((self.settled[next_one][1] - place.since - DEADLINE_S) * 1000)
        self.close()
        return {"ms": late}

    def twice(self, times: int) -> dict:
        """A job had ended when the page says so at its worker's death: its verdict was found before `report`."""
        self.open()
        seed = random.Random(4)
        again = hits = 0
        for _ in range(times):
            self.ready()
            check = self.put("good")
            job = self.desk._next_job - 1
            child = self.worker.active.child  # type: ignore[union-attr]
            killer = kill_at_end(
                lambda j=job, page=child.page: _ended(page.places(), j), lambda pid=child.pid: pid, seed
            )
            died = len(self.deaths)
            self.until(lambda n=died, c=check: len(self.deaths) > n and c in self.settled)
            os.waitpid(killer, 0)
            _, page, known_at = self.deaths[died]
            hits += _ended(page, job) and self.settled[check][1] > known_at - _BURIAL_S
            again += _ended(page, job) and self.handed.count(check) > 1
        self.close()
        return {"twice": again, "hits": hits, "kills": times, "unusable": 0}

    def poison(self, times: int) -> dict:
        self.open()
        self.ready()
        check = self.put("segv")
        self.until(lambda: check in self.settled)
        self.close()
        return {"runs": self.handed.count(check), "tries": times}

    def orphan(self, _: int) -> dict:
        self.open()
        self.ready()
        check = self.put("hang")
        self.until(lambda: check in self.handed)
        hand = self.worker.active
        assert hand
        self.until(lambda: hand.child.page.places()[0].phase is Phase.PROBE)
        print(json.dumps({"parent": os.getpid(), "family": family(os.getpid())}), flush=True)
        time.sleep(_WITHIN_S)
        return {}


def _ended(places: list[Place], job: int) -> bool:
    return any(
        place.job == job and (place.phase is Phase.REPORT or (place.phase is Phase.IDLE and bool(place.answers)))
        for place in places
    )
