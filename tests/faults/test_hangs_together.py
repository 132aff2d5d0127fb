"""Many checks that hang at once: each misses its own deadline by itself, and nobody pays for another."""

from tests.helpers.system import BOUND

DEADLINE = 4


def reasons(system):
    return {row["user_id"]: row["reason"] for row in system.json("status")}


def test_all_that_hang_are_settled_at_their_one_deadline_and_the_others_go_on(system):
    """In native code that lets the interpreter's lock go: the worker itself is well."""
    users = system.tenants.users(8)
    hanging = users[:5]
    for user in users:
        system.openai(user, "good", "block-probe" if user in hanging else "")
    system.configure(worker={"window": 8, "check_deadline": DEADLINE})
    with system.run("workers.faults") as running:
        finished = running.wait("pass.finished", within=BOUND + DEADLINE)
        (died,) = running.all("worker.died")
        assert (died["signal"], died["judgement"], died["user_id"]) == ("SIGKILL", "deadline", hanging[0])
        assert not running.all("check.retried")
        assert finished["worker_crashes"] == 1
        assert running.stop() == 0
    assert reasons(system) == {user: "deadline" if user in hanging else "ok" for user in users}
    strikes = "select distinct strikes from healthsup.checks k join api_credentials c on c.id = k.credential_id"
    assert system.tenants.rows(f'{strikes} where c."userId" = any(%s)', hanging) == [(1,)]
    assert system.tenants.rows(f'{strikes} where not c."userId" = any(%s)', hanging) == [(0,)]


def test_who_only_waits_for_its_turn_to_decrypt_has_no_strike(system):
    """Two decryptions hang, more are not let in: all are overdue, and it cannot be said whose fault it is."""
    users = system.tenants.users(6)
    hanging = users[:2]
    for user in users:
        system.openai(user, "good", "block-unseal" if user in hanging else "")
    system.configure(worker={"window": 6, "check_deadline": DEADLINE})
    with system.run("workers.faults") as running:
        running.wait("pass.finished", within=BOUND + 3 * DEADLINE)
        died = [one["judgement"] for one in running.all("worker.died")]
        assert sorted(died) == ["deadline", "deadline", "unexplained"]
        assert running.stop() == 0
    assert reasons(system) == {user: "deadline" if user in hanging else "ok" for user in users}
