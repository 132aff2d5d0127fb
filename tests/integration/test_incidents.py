"""Blips, outages and a dead egress through the real `run` and `check`: what is stored, and what is told once."""

import signal
import time

import pytest

from supervisor.service.doubt import WATCHED
from tests.helpers.moody import moody
from tests.helpers.system import BOUND

INTERVAL = 4.0
STEADY = 6.0  # so long must a recovery last here, and longer than an interval; else half a minute
BRISK = f"from supervisor.service import chronicle as c; P = c.Policy; c.Policy = lambda: P(steady={STEADY})"
RECOVERY = STEADY + INTERVAL + BOUND


@pytest.fixture
def providers(system):
    """OpenAI and Groq, each of its own mind."""
    with moody() as openai, moody() as groq:
        system.configure(
            **{
                "schedule": {"startup_probe": True, "user_pause": 0, "interval": INTERVAL},
                "providers.openai": {"base_url": openai.base_url},
                "providers.groq": {"base_url": groq.base_url},
            }
        )
        yield {"openai": openai, "groq": groq}


def key_of(user, api):
    return f"{'sk' if api == 'openai' else 'gsk'}-moody-{user}"


def add(system, user, *apis):
    for api in apis:
        system.tenants.credential(user, api, text=system.seal({"apiKey": key_of(user, api)}))


def facts(system):
    rows = system.json("status")
    return {
        (row["user_id"], row["api"]): (row["status"], row["reason"], row["available"], row["trust_score"])
        for row in rows
    }


def until(system, condition, within=BOUND):
    end = time.monotonic() + within
    while not condition(found := facts(system)):
        assert time.monotonic() < end, found
    return found


def history(system, user, api):
    return [status for status, *_ in system.tenants.history(user, api)]


HEALTHY = ("healthy", "ok", True, 100.0)


def test_a_blip_leaves_no_trace_and_an_outage_is_stored_after_the_second_answer(system, providers):
    blip, down = system.tenants.users(2)
    add(system, blip, "openai")
    add(system, down, "groq")
    assert {row["status"] for row in system.json("check")} == {"healthy"}
    providers["openai"].blips[key_of(blip, "openai")] = 1
    providers["groq"].down = True
    began = time.monotonic()
    rows = {row["user_id"]: row["reason"] for row in system.json("check")}
    assert rows == {blip: "ok", down: "provider_error"}
    assert WATCHED.again_after <= time.monotonic() - began <= WATCHED.again_after + WATCHED.spread + BOUND
    assert providers["openai"].asked[key_of(blip, "openai")] == 1 + 2
    assert providers["groq"].asked[key_of(down, "groq")] == 1 + 2
    assert (history(system, blip, "openai"), history(system, down, "groq")) == (["healthy"], ["healthy", "unhealthy"])
    assert facts(system)[blip, "openai"] == HEALTHY
    assert system.json("incidents") == [], "one tenant's"
    providers["groq"].asked.clear()
    assert {row["user_id"]: row["reason"] for row in system.json("check")} == {blip: "ok", down: "provider_error"}
    assert providers["groq"].asked[key_of(down, "groq")] == 1, "it was down already"


@pytest.mark.slow
def test_an_outage_for_everybody_is_one_incident_until_it_is_over(system, providers):
    users = system.tenants.users(3)
    for user in users:
        add(system, user, "openai", "groq")
    with system.run(before=BRISK) as running:
        running.wait("pass.finished")
        providers["openai"].down = True
        opened = running.wait("incident.opened")
        assert (opened["api"], opened["kind"], opened["level"]) == ("openai", "outage", "warning")
        until(system, lambda found: {found[user, "openai"][0] for user in users} == {"unhealthy"})
        end = time.monotonic() + BOUND
        while "degraded by provider: " not in system.tenants.value(
            "select string_agg(message, ' ') from api_status_snapshots where \"apiName\" = 'openai'"
        ):
            assert time.monotonic() < end
        (row,) = system.json("incidents")
        assert list(row) == ["api", "kind", "opened_at", "closed_at", "users"]
        assert (row["api"], row["kind"], row["closed_at"]) == ("openai", "outage", None)
        providers["openai"].down = False
        closed = running.wait("incident.closed", within=RECOVERY)
        assert (closed["api"], closed["kind"], closed["users"]) == ("openai", "outage", 3)
        assert running.stop() == 0
        assert len(running.all("incident.opened")) == 1
    (row,) = system.json("incidents")
    assert (row["users"], row["closed_at"] is not None) == (3, True)
    assert {facts(system)[user, "groq"] for user in users} == {HEALTHY}, "the other provider's were never touched"
    assert all(history(system, user, "openai") == ["healthy", "unhealthy", "healthy"] for user in users)


@pytest.mark.slow
def test_a_dead_egress_blames_nobody_and_outlives_a_restart(system, providers):
    users = system.tenants.users(2)
    for user in users:
        add(system, user, "openai", "groq")
    with system.run(before=BRISK) as running:
        running.wait("pass.finished")
        for provider in providers.values():
            provider.shut()
        opened = running.wait("incident.opened")
        assert (opened["api"], opened["kind"]) == (None, "egress")
        found = until(system, lambda found: {fact[0] for fact in found.values()} == {"unknown"})
        assert set(found.values()) == {("unknown", "blocked", True, 100.0)}, "availability and score are frozen"
        assert "reaches no provider" in system.json("status")[0]["message"]
        assert running.stop() == 0
    with system.run(before=BRISK) as running:
        running.wait("pass.finished", within=2 * BOUND)
        assert set(facts(system).values()) == {("unknown", "blocked", True, 100.0)}
        for provider in providers.values():
            provider.open()
        closed = running.wait("incident.closed", within=RECOVERY)
        assert (closed["api"], closed["kind"], closed["users"]) == (None, "egress", 2)
        until(system, lambda found: set(found.values()) == {HEALTHY})
        assert running.stop() == 0
        assert running.all("incident.opened") == []
    (row,) = system.json("incidents")
    assert (row["api"], row["kind"], row["users"]) == (None, "egress", 2)
    assert all(history(system, user, api) == ["healthy", "unknown", "healthy"] for user in users for api in providers)


def test_a_check_by_itself_tells_its_egress_from_the_only_provider_it_was_asked_for(system, providers):
    """Two users: OpenAI may be asked about a key three times at once, then its budget is spent."""
    one, two = system.tenants.users(2)
    for user in (one, two):
        add(system, user, "openai", "groq")
    system.json("check")
    providers["openai"].shut()
    (row,) = system.json("check", "--user", str(one), "--api", "openai")
    assert (row["reason"], row["status"]) == ("unreachable", "unhealthy"), "Groq was asked, and answered"
    assert [providers["groq"].asked[key_of(user, "groq")] for user in (one, two)] == [2, 1], "nobody else's"
    providers["groq"].shut()
    (row,) = system.json("check", "--user", str(two), "--api", "openai")
    assert (row["reason"], row["status"], row["available"]) == ("blocked", "unknown", True)
    assert facts(system)[two, "groq"] == ("unknown", "blocked", True, 100.0), "the opinion is stored as well"
    for provider in providers.values():
        provider.open()
    assert {row["status"] for row in system.json("check", "--api", "groq")} == {"healthy"}
    (row,) = system.json("incidents")
    assert (row["kind"], row["closed_at"] is None) == ("egress", False), "a check that ends closes what has recovered"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_is_in_doubt_at_the_end_is_not_stored_and_not_lost(system, providers, number):
    (user,) = system.tenants.users(1)
    add(system, user, "openai")
    system.json("check")
    providers["openai"].down = True
    with system.run() as running:
        providers["openai"].wait(key_of(user, "openai"), times=2)
        if number == signal.SIGTERM:
            assert running.stop() == 0
        else:
            running.process.kill()
            running.process.wait(BOUND)
    assert facts(system)[user, "openai"] == HEALTHY
    if number == signal.SIGTERM:
        assert system.tenants.value("select count(*) from healthsup.checks where leased_by is not null") == 0
    providers["openai"].down = False
    with system.run() as running:
        providers["openai"].wait(key_of(user, "openai"), times=3)
        running.wait("pass.finished")
        assert running.stop() == 0
    assert history(system, user, "openai") == ["healthy"]
