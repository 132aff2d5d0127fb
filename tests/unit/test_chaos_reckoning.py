"""The ledger of the storm beside falsified evidence: each of its four numbers can be something else than 0."""

from collections import Counter
from random import Random

import msgspec
import pytest

from supervisor.chaos import plan
from supervisor.chaos.cast import Role, cast
from supervisor.chaos.faults import FAULTS, HANGS, SENT, Blow, Fault
from supervisor.chaos.reckoning import Ledger, reckon, reckon_deaths, with_history
from supervisor.store.witness import Buried, Evidence
from workers.faults import KINDS
from workers.wire import Phase, Reason

SEGV = Fault("segv", Phase.DECRYPT, Reason.QUARANTINED, named=True)
HANG = Fault("hang", Phase.PROBE, Reason.DEADLINE, named=False)
AFTER = Fault("exit", SENT, Reason.OK, named=False)
ROLES = {
    1: Role("ann", "openai", "demo-good-1ms-c1", 1),
    2: Role("bob", "groq", "demo-good-1ms-c2", 1, SEGV),
    3: Role("eve", "stripe", "demo-good-1ms-c3", 1, HANG),
    4: Role("joe", "stripe", "demo-good-1ms-c4", 1, AFTER),
}
ASKED = {role.mark: 1 for role in ROLES.values()}
TRUE = {
    1: Evidence(1, 1, 1, 1, 1, "ok", 0, False, None, False),
    2: Evidence(2, 1, 1, 1, 1, "quarantined", 2, True, "decrypt", False),
    3: Evidence(3, 1, 1, 1, 1, "deadline", 1, False, "probe", False),
    4: Evidence(4, 1, 1, 1, 1, "ok", 0, False, None, False),
}
BY_USER = {(check, role.api): role for check, role in ROLES.items()}
DEATH = Buried(1, 7, 4711, "SIGSEGV", None, "decrypt", 2, "groq", "check")


def numbers(ledger: Ledger) -> tuple[int, int, int, int]:
    assert bool(ledger.complaints) is not ledger.clean
    return ledger.lost, ledger.stored_twice, ledger.misblamed, ledger.innocents_failed


def round_with(check: int, **changed: object) -> tuple[int, int, int, int]:
    told = TRUE | {check: msgspec.structs.replace(TRUE[check], **changed)}
    return numbers(reckon(ROLES, list(told.values()), ASKED))


def deaths(*rows: Buried, told: int = 1) -> tuple[int, int, int, int]:
    return numbers(reckon_deaths(rows, BY_USER, Counter({7: told})))


def test_the_truth_is_clean():
    ledger = reckon(ROLES, list(TRUE.values()), ASKED)
    assert ledger == Ledger(jobs=4)
    assert deaths(DEATH) == (0, 0, 0, 0)


def test_what_broke_the_contract_is_said_in_the_words_of_the_log():
    row = msgspec.structs.replace(DEATH, judgement="protocol")
    (complaint,) = reckon_deaths([row], BY_USER, Counter({7: 1}), {7: "a second hello"}).complaints
    assert complaint.endswith("said to have broken the contract: a second hello")


@pytest.mark.parametrize("gone", [{"stored": 0}, {"verdicts": 0}, {"snapshots": 0}, {"leased": True}])
def test_what_has_no_outcome_is_lost(gone):
    assert round_with(1, **gone) == (1, 0, 0, 0)


def test_who_is_not_even_registered_any_more_is_lost():
    assert numbers(reckon(ROLES, [TRUE[1], TRUE[2], TRUE[3]], ASKED)) == (1, 0, 0, 0)


@pytest.mark.parametrize("column", ["stored", "verdicts", "snapshots"])
def test_a_second_writing_is_noticed_wherever_it_is(column):
    assert round_with(2, **{column: 3}) == (0, 2, 0, 0)


def test_an_outcome_without_a_request_is_noticed():
    assert numbers(reckon(ROLES, list(TRUE.values()), ASKED | {ROLES[1].mark: 0})) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    "harm", [{"reason": "deadline"}, {"reason": "quarantined"}, {"strikes": 1}, {"quarantined": True}]
)
def test_an_innocent_that_fails_or_keeps_a_strike_is_noticed(harm):
    assert round_with(1, **harm) == (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        (2, {"reason": "ok"}), (2, {"phase": "probe"}), (2, {"reason": "deadline"}), (3, {"reason": "unreachable"}),
        (4, {"reason": "quarantined"}),
    ],
)  # fmt: skip
def test_a_carrier_that_comes_to_another_end_is_misblamed(check, wrong):
    assert round_with(check, **wrong) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": 1, "api": "openai"},
        {"user": 4, "api": "stripe"},
        {"user": None},
        {"user": 99},
        {"phase": "probe"},
        {"judgement": "deadline"},
        {"judgement": "protocol"},
        {"user": 3, "api": "stripe", "phase": "probe", "judgement": "check"},
    ],
)
def test_a_death_put_down_to_whom_it_was_not_is_misblamed(wrong):
    assert deaths(msgspec.structs.replace(DEATH, **wrong)) == (0, 0, 1, 0)


def test_a_death_that_nobody_explains_blames_nobody_whoever_was_at_work():
    assert deaths(msgspec.structs.replace(DEATH, user=1, api="openai", judgement="unexplained")) == (0, 0, 0, 0)


def test_a_death_that_was_not_stored_is_lost_and_one_stored_again_is_noticed():
    assert deaths() == (1, 0, 0, 0)
    assert deaths(DEATH, DEATH) == (0, 1, 0, 0)


def test_changes_that_are_none_were_stored_again():
    assert numbers(with_history(Ledger(), 3)) == (0, 3, 0, 0)


def test_the_storm_has_at_least_twelve_kinds_from_inside_and_from_outside():
    kinds = {(fault.kind, fault.phase == SENT) for fault in (*FAULTS, *HANGS)} | set(Blow)
    assert len(kinds) >= 20
    assert {fault.kind for fault in (*FAULTS, *HANGS)} <= set(KINDS)


def test_a_seed_gives_the_same_storm_and_another_one_another():
    def storm(seed: int) -> list[plan.Round]:
        dice = Random(seed)
        roles = cast(dice)
        return [plan.plan(dice, number, roles, 300) for number in range(20)]

    assert storm(5) == storm(5)
    assert storm(5) != storm(6)


def test_targets_come_in_the_order_in_which_they_are_handed_out():
    dice = Random(1)
    roles = cast(dice)
    for number in range(50):
        planned = plan.plan(dice, number, roles, 300)
        at = [planned.due.index(shot.target) for shot in planned.shots]
        assert at == sorted(at)
