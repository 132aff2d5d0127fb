"""A place of the worker does the worst: the page and the dump say which, and in which phase."""

import pytest

from supervisor import blame
from supervisor.launcher import Ending
from supervisor.standin import StandIn
from tests.helpers.worker import BOUND, bench, check, seal
from workers.wire import Phase


@pytest.fixture(scope="module")
def market():
    with StandIn() as standin:
        yield standin


ENDINGS = {
    "segv": Ending("SIGSEGV", None), "abort": Ending("SIGABRT", None), "bus": Ending("SIGBUS", None),
    "ill": Ending("SIGILL", None), "fpe": Ending("SIGFPE", None), "exit": Ending(None, 3), "kill": Ending("SIGKILL", None),
}  # fmt: skip
NAMED = {"segv", "abort", "bus", "ill", "fpe"}


CASES = [
    *((kind, "probe") for kind in ENDINGS),
    *(("segv", phase) for phase in ("decrypt", "validate", "connect", "report")),
]


@pytest.mark.parametrize(("kind", "phase"), CASES)
def test_the_evidence_names_signal_check_and_phase(tmp_path, market, kind, phase):
    sealed = seal("openai", {"apiKey": f"sk-demo-good-fault-{kind}-{phase}-123456"})
    with bench(tmp_path, market.base_url, program="workers.faults") as worker:
        worker.set_up()
        job = worker.send(check(41, sealed))
        assert list(worker.messages()) == []
        assert worker.child.reap(within=BOUND) == ENDINGS[kind]
        working = blame.at_work(worker.child.page.places(), {(job, 41)})
        assert [work for _, work in working] == [blame.Work(job, 41, Phase(phase))]
        judged = blame.judge(signal=ENDINGS[kind].signal, dump=worker.child.dump.read(), working=working)
        assert bool(judged.guilty) == (kind in NAMED)


def test_an_exception_is_an_outcome_and_its_text_is_not_told(tmp_path, market):
    sealed = seal("openai", {"apiKey": "sk-demo-good-fault-error-validate-123456"})
    with bench(tmp_path, market.base_url, program="workers.faults") as worker:
        worker.set_up()
        (answer,) = worker.ask(check(41, sealed))
        assert answer.reason == "unrecognised"
        assert "RuntimeError" in answer.message
        assert "secret" not in answer.message
