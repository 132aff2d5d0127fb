"""The contract's table of outcomes, and the trust score."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervisor.assess import MEANINGS, Fault, Found, Status, outcome, trust
from workers.wire import Reason

VECTORS = json.loads(Path(__file__).parents[1].joinpath("data/trust_vectors.json").read_text())["trust"]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
KEEP = None
TABLE = """
ok                  | healthy   | yes  | yes | -        | yes
slow                | degraded  | yes  | yes | provider | yes
valid_unprobed      | keep      | keep | yes | -        | no
missing_fields      | unhealthy | no   | no  | tenant   | yes
undecryptable       | unhealthy | no   | yes | operator | yes
corrupt             | unhealthy | no   | yes | operator | yes
plaintext           | unhealthy | no   | yes | operator | yes
invalid_credential  | unhealthy | no   | yes | tenant   | yes
expired             | unhealthy | no   | yes | tenant   | yes
account_restricted  | unhealthy | no   | yes | tenant   | yes
quota_exhausted     | unhealthy | no   | yes | tenant   | yes
insufficient_scope  | degraded  | yes  | yes | tenant   | yes
rate_limited        | degraded  | yes  | yes | provider | no
provider_error      | unhealthy | no   | yes | provider | yes
unreachable         | unhealthy | no   | yes | provider | yes
blocked             | unknown   | keep | yes | us       | no
clock_skew          | unknown   | keep | yes | us       | no
unrecognised        | unknown   | keep | yes | us       | no
worker_crash        | unknown   | keep | yes | us       | no
deadline            | unknown   | keep | yes | us       | no
quarantined         | unknown   | keep | yes | us       | no
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
YES_NO = {"yes": True, "no": False, "keep": None}


def found(reason: Reason, latency: int | None = 100):
    return outcome(Found(reason, "text", latency), check=1, attempt=1, at=NOW, next_due=NOW)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_reason_means_what_the_contract_says(row):
    one = found(Reason(row[0]))
    assert one.status == (None if row[1] == "keep" else Status(row[1]))
    assert one.available == YES_NO[row[2]]
    assert one.configured == YES_NO[row[3]]
    assert one.fault == (None if row[4] == "-" else Fault(row[4]))
    assert one.counts == YES_NO[row[5]]


def test_the_table_knows_every_reason():
    assert {row[0] for row in ROWS} == set(Reason) == set(MEANINGS)


def test_a_first_look_without_a_probe_leaves_the_credential_available_but_our_trouble_does_not():
    assert found(Reason.VALID_UNPROBED).unseen is True
    assert found(Reason.BLOCKED).unseen is False


@pytest.mark.parametrize("reason", [Reason.VALID_UNPROBED, Reason.OK, Reason.EXPIRED])
def test_who_waits_has_asked_nobody_whatever_else_it_says(reason):
    one = outcome(Found(reason, "text", 9000, waiting=True), check=1, attempt=1, at=NOW, next_due=NOW)
    assert (one.reason, one.status, one.available, one.counts) == (Reason.VALID_UNPROBED, None, None, False)
    assert (one.waiting, one.latency_ms) == (True, None)


def test_no_story_is_none():
    stories = [
        outcome(Found(Reason.OK, "", story=story), check=1, attempt=1, at=NOW, next_due=NOW).story
        for story in (b"", b"x")
    ]
    assert stories == [None, b"x"]


def test_exactly_five_seconds_is_healthy_and_a_millisecond_more_is_slow():
    assert found(Reason.OK, 5000).reason is Reason.OK
    assert found(Reason.OK, 5001).reason is Reason.SLOW
    assert found(Reason.RATE_LIMITED, 9000).reason is Reason.RATE_LIMITED


def test_the_error_is_null_while_healthy_and_names_the_reason_otherwise():
    assert found(Reason.OK).error is None
    assert found(Reason.EXPIRED).error == "expired: text"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: "-".join(vector["newest_first"]))
def test_the_trust_score_agrees_with_the_vectors(vector):
    assert trust([Status(one) for one in vector["newest_first"]]) == vector["score"]


COUNTED = st.lists(st.sampled_from([Status.HEALTHY, Status.DEGRADED, Status.UNHEALTHY]), max_size=15)


@given(COUNTED)
def test_the_trust_score_stays_in_range_and_looks_at_ten_outcomes(statuses):
    assert 0 <= trust(statuses) <= 100
    assert trust(statuses) == trust(statuses[:10])


@given(COUNTED, st.integers(0, 9))
def test_a_better_outcome_never_lowers_the_score(statuses, index):
    if index < len(statuses):
        better = [*statuses[:index], Status.HEALTHY, *statuses[index + 1 :]]
        assert trust(better) >= trust(statuses)
