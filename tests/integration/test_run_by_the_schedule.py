"""`run` left to itself: the pass after a start, probes spread over the interval, what it takes notice of while at work."""

from itertools import pairwise

import pytest

from tests.helpers.system import BOUND
from tests.helpers.witness import key_of, witness

INTERVAL = 6.0


@pytest.fixture
def seen(system):
    with witness() as provider:
        configure(system, provider)
        yield provider


def configure(system, provider, **sections):
    given = {
        "schedule": {"startup_probe": False, "interval": INTERVAL, "critical_interval": INTERVAL},
        "providers.openai": {"base_url": provider.base_url},
    }
    system.configure(**(given | sections))


def add(system, user):
    return system.tenants.credential(user, "openai", text=system.seal({"apiKey": key_of(user)}))


@pytest.mark.slow
def test_the_first_pass_only_validates_then_each_is_probed_once_an_interval_at_a_moment_of_its_own(system, seen):
    users = system.tenants.users(40)
    for user in users:
        add(system, user)
    with system.run() as running:
        finished = running.wait("pass.finished")
        assert (finished["users"], finished["unknown"]) == (40, 40), "a probe or two may fall due before it ends"
        for user in users:
            seen.wait(key_of(user), times=2)
        assert running.stop() == 0
    moments = {user: seen.moments[key_of(user)][:2] for user in users}
    firsts = sorted(first for first, _ in moments.values())
    assert firsts[-1] - firsts[0] <= INTERVAL * 1.5, "all within one interval"
    assert max(later - earlier for earlier, later in zip(firsts, firsts[4:], strict=False)) < INTERVAL / 2, (
        "no long silence"
    )
    assert min(later - earlier for earlier, later in zip(firsts, firsts[12:], strict=False)) > INTERVAL / 20, "no herd"
    for first, second in moments.values():
        assert second - first == pytest.approx(INTERVAL, abs=INTERVAL / 2)
    assert set(seen.at_once.values()) == {1}
    history = system.tenants.rows(
        'select "userId", count(*), max(status) from api_status_history group by 1 order by 1'
    )
    assert history == [(user, 2, "unknown") for user in users], "unknown, then healthy"


def test_the_moment_stays_the_same_over_a_restart(system, seen):
    users = system.tenants.users(30)
    for user in users:
        add(system, user)
    configure(system, seen, schedule={"startup_probe": False, "interval": 3600})
    due = "select credential_id, extract(epoch from next_due)::float8 from healthsup.checks order by 1"
    slots = []
    for _ in range(2):
        with system.run() as running:
            running.wait("pass.finished")
            assert running.stop() == 0
        slots.append({check: at % 3600 for check, at in system.tenants.rows(due)})
    assert slots[0] == pytest.approx(slots[1], abs=0.001)
    spread = sorted(slots[0].values())
    assert max(later - earlier for earlier, later in pairwise(spread)) < 3600 / 10
    assert seen.asked.total() <= 2, "nothing but what falls due in this second"


def test_a_start_with_probes_asks_everybody_at_once_and_then_leaves_them_alone(system, seen):
    users = system.tenants.users(10)
    for user in users:
        add(system, user)
    configure(system, seen, schedule={"startup_probe": True, "user_pause": 0, "interval": 3600})
    with system.run() as running:
        running.wait("pass.finished")
        assert dict(seen.asked) == dict.fromkeys(map(key_of, users), 1)
        assert running.stop() == 0
    assert system.statuses() == dict.fromkeys(users, "healthy")


def test_the_pause_between_two_users_is_kept_while_the_window_is_one(system, seen):
    users = system.tenants.users(6)
    for user in users:
        add(system, user)
    configure(system, seen, schedule={"startup_probe": True, "user_pause": 0.2, "interval": 3600}, worker={"window": 1})
    with system.run() as running:
        running.wait("pass.finished")
        assert running.stop() == 0
    moments = sorted(seen.moments[key_of(user)][0] for user in users)
    assert all(later - earlier >= 0.19 for earlier, later in pairwise(moments))


def test_one_users_hopeless_credential_does_not_stop_the_next(system, seen):
    users = system.tenants.users(5)
    for user, text in zip(users, ("junk", "{}", "\x1b[31m", "", "ab" * 40_000), strict=True):
        system.tenants.credential(user, "openai", text=text)
    last = system.tenants.user("last")
    add(system, last)
    with system.run() as running:
        assert running.wait("pass.finished")["checks"] == 6
        assert not running.all("worker.died")
        seen.wait(key_of(last))
        assert running.stop() == 0
    assert len(system.statuses()) == 6


@pytest.mark.slow
def test_a_new_credential_and_a_vanished_one_are_noticed_while_it_is_at_work(system, seen):
    first, second = system.tenants.users(2)
    gone = add(system, first)
    with system.run() as running:
        running.wait("status.changed", user_id=first, current="healthy")
        add(system, second)
        system.tenants.run("delete from api_credentials where id = %s", gone)
        seen.wait(key_of(second))
        running.wait("status.changed", user_id=first, current="unknown", reason="credential removed", within=2 * BOUND)
        assert running.stop() == 0
    assert system.statuses() == {second: "healthy"}
    assert system.tenants.history(first, "openai")[-1] == ("unknown", "healthy", False)


@pytest.mark.slow
def test_the_pass_is_told_once_an_interval(system, seen):
    users = system.tenants.users(3)
    for user in users:
        add(system, user)
    with system.run() as running:
        running.wait("pass.finished", count=2, within=INTERVAL + BOUND)
        third = running.wait("pass.finished", count=3, within=INTERVAL + BOUND)
        assert third["seconds"] == pytest.approx(INTERVAL, abs=INTERVAL / 2)
        assert running.stop() == 0
    told = running.all("pass.finished")
    assert (told[0]["checks"], told[0]["unknown"]) == (3, 3)
    assert 5 <= told[1]["checks"] + told[2]["checks"] <= 6, "who is due just then counts for the one or the other"
