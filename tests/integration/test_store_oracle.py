"""Streams of outcomes against an oracle: snapshot, history and trust are what the contract's rules make of them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from supervisor.assess import Outcome, Status, trust
from tests.helpers.database import Databases
from tests.helpers.storing import EVERYTHING, LEASE_S, POLICY, House, load_migrated
from workers.wire import Reason

VECTORS = json.loads((Path(__file__).parents[1] / "data/trust_vectors.json").read_text(encoding="utf-8"))["trust"]
REASON_OF = {"healthy": Reason.OK, "degraded": Reason.SLOW, "unhealthy": Reason.EXPIRED}

LOOKS = st.sampled_from([(reason, False) for reason in Reason] + [(Reason.VALID_UNPROBED, True), (Reason.OK, True)])
STREAMS = st.lists(st.tuples(LOOKS, st.none() | st.integers(0, 9000), st.integers(-3, 3)), max_size=25)


@dataclass
class Oracle:
    """The rules in Python, one outcome after another."""

    status: str | None = None
    available: bool = False
    error: str | None = None
    latency: int | None = None
    at: object = None
    reason: str | None = None
    judged: str | None = None
    story: bytes | None = None
    recent: list[Status] = field(default_factory=list)
    history: list[tuple[object, ...]] = field(default_factory=list)

    def take(self, outcome: Outcome) -> None:
        if outcome.status is not None or self.story is None:
            self.story = outcome.story  # of the check, whatever its snapshot takes
        if self.at is not None and outcome.at < self.at:  # type: ignore[operator]
            return
        first, before = self.status is None, (self.status, self.available)
        if outcome.status is None:
            self.status = self.status or "unknown"
            self.error = None if self.status == "healthy" else self.error or outcome.error
            self.latency = outcome.latency_ms if first else self.latency
        else:
            self.status, self.error, self.latency = outcome.status.value, outcome.error, outcome.latency_ms
        if outcome.available is not None:
            self.available = outcome.available
        elif first:
            self.available = outcome.unseen
        if outcome.counts and outcome.status is not None:
            self.recent.insert(0, outcome.status)
        self.at = outcome.at
        self.reason = self.judged or "valid_unprobed" if outcome.waiting else outcome.reason.value
        self.judged = self.judged if self.reason == "valid_unprobed" else self.reason
        if first or before != (self.status, self.available):
            self.history.append((self.status, before[0], self.available))


@pytest.fixture(scope="module")
def house(server: Databases) -> Iterator[House]:
    with server.database(server.template("migrated", load_migrated)) as conninfo, House(conninfo) as house:
        yield house


@pytest.fixture(scope="module")
def tenant(house: House) -> Callable[[], int]:
    """A user with one credential, the only one there is."""
    numbers = iter(range(1_000_000))

    def tenant() -> int:
        house.rows.run("delete from users")
        user = house.rows.user(f"user {next(numbers)}")
        house.rows.credential(user, "ebay")
        house.store.sync(POLICY)
        return user

    return tenant


def store(
    house: House, reason: Reason, latency_ms: int | None, step_s: int, *, waiting: bool = False, story: bytes = b""
) -> Outcome:
    since = house.store.now()
    claims = house.store.claim_pass(POLICY, EVERYTHING, since=since, limit=9, lease_for=LEASE_S)
    house.now += timedelta(seconds=step_s - 1)
    (outcome,) = house.outcomes(claims, reason, latency_ms=latency_ms, waiting=waiting, story=story)
    assert house.store.record([outcome], everything=True).accepted == [outcome.check]
    return outcome


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stream=STREAMS)
def test_any_stream_of_outcomes_leaves_what_the_rules_say(
    house: House, tenant: Callable[[], int], stream: list[tuple[tuple[Reason, bool], int | None, int]]
) -> None:
    user, oracle = tenant(), Oracle()
    for number, ((reason, waiting), latency_ms, step_s) in enumerate(stream):
        story = str(number).encode() if number % 3 else b""
        oracle.take(store(house, reason, latency_ms, step_s, waiting=waiting, story=story))
    assert house.rows.value("select story from healthsup.checks where user_id = %s", user) == oracle.story
    snapshot = house.rows.snapshot(user)
    assert house.rows.history(user) == oracle.history
    if oracle.status is None:
        assert snapshot == {}
        return
    found = (
        snapshot["status"],
        snapshot["isAvailable"],
        snapshot["error"],
        snapshot["latency"],
        snapshot["trustScore"],
    )
    assert found == (oracle.status, oracle.available, oracle.error, oracle.latency, trust(oracle.recent))
    assert [told.reason for told in house.store.snapshots(user)] == [oracle.reason]
    assert (snapshot["error"] is None) == (snapshot["status"] == "healthy")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: "-".join(word[0] for word in vector["newest_first"]))
def test_the_trust_score_is_that_of_the_vectors(
    house: House, tenant: Callable[[], int], vector: dict[str, object]
) -> None:
    user = tenant()
    newest_first = vector["newest_first"]
    assert isinstance(newest_first, list)
    for status in reversed(newest_first):
        store(house, REASON_OF[status], 12, 1)
    assert house.rows.snapshot(user)["trustScore"] == vector["score"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(list(Reason))), min_size=1, max_size=40))
def test_a_batch_stores_the_same_as_its_outcomes_one_by_one(
    house: House, tenant: Callable[[], int], found: list[tuple[int, Reason]]
) -> None:
    """Two users get the same outcomes, one in batches, the other singly; repeated and stale ones are among them."""
    apis = ("ebay", "groq", "openai", "stripe", "slack", "twilio")
    tenant()
    users = [house.rows.user(name) for name in ("batch", "single")]
    for user in users:
        for api in apis:
            house.rows.credential(user, api)
    claims = {(claim.user, claim.api): claim for claim in house.claim()}
    outcomes = [
        [replace(house.outcomes([claims[user, apis[place]]], reason)[0], at=house.now) for place, reason in found]
        for user in users
    ]
    house.store.record(outcomes[0], everything=True)
    for outcome in outcomes[1]:
        house.store.record([outcome], everything=True)
    query = (
        'select "apiName", status, "isAvailable", "isConfigured", error, latency, "trustScore" from api_status_snapshots'
        ' where "userId" = %s order by 1'
    )
    assert house.rows.rows(query, users[0]) == house.rows.rows(query, users[1])
    assert len(house.rows.rows(query, users[0])) == len({place for place, _ in found})
