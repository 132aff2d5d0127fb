"""A spent request budget is spent for the next worker, too, and for the next supervisor; and what is told of an end."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.helpers.system import BOUND
from tests.helpers.traces import eventually

HELD = "2Captcha does not know the key; copy it again from its dashboard (it is not asked again until it changes)"


@pytest.fixture
def captcha(system):
    """A key that 2Captcha does not know: asking with it again would get the account banned."""
    system.configure(
        **{"providers.2captcha": {"base_url": system.market.base_url, "interval": 1}}, worker={"recycle_after": 0}
    )
    save(system, "revoked", user=system.tenants.user("ana"))
    system.market.clear()
    return system


def save(system, word: str, *, user: int) -> None:
    """As the backend does it."""
    text = system.seal({"apiKey": f"demo-{word}-captcha"})
    system.tenants.run("delete from api_credentials")
    system.tenants.credential(user, "2captcha", text=text)


def asked(system) -> int:
    return sum(seen.times for seen in system.market.ledger() if seen.mark.endswith("-captcha"))


def looks(system) -> int:
    """Rises with every look."""
    return system.tenants.value("select coalesce(max(attempt), 0) from healthsup.checks where leased_by is null")


def told(system) -> tuple:
    ((status, reason, message),) = system.tenants.rows(
        'select s.status, v.reason, s.message from api_status_snapshots s join healthsup.verdict v on v.api = s."apiName"'
    )
    return status, reason, message


def looked_again(system) -> None:
    seen = looks(system)
    assert eventually(lambda: looks(system) > seen and told(system)[2] == HELD, BOUND)


def test_a_key_that_is_not_to_be_asked_about_again_is_not_by_no_worker_and_no_supervisor(captcha):
    with captcha.run() as running:
        running.wait("status.changed", reason="invalid_credential")
        looked_again(captcha)
        assert told(captcha) == ("unhealthy", "invalid_credential", HELD)
        os.kill(running.worker_pid, signal.SIGKILL)
        running.wait("worker.died")
        looked_again(captcha)
        assert asked(captcha) == 1
        running.process.kill()
        running.process.wait(BOUND)
    with captcha.run() as running:
        running.wait("worker.ready")
        looked_again(captcha)
        assert told(captcha) == ("unhealthy", "invalid_credential", HELD)
        assert asked(captcha) == 1


def test_a_check_keeps_to_what_an_earlier_one_has_spent(captcha):
    captcha.json("check")
    (again,) = captcha.json("check")
    assert (again["status"], again["reason"], again["message"]) == ("unhealthy", "invalid_credential", HELD)
    shown = captcha.command("explain", "--user", str(again["user_id"]), "--api", "2captcha").stdout
    assert "none: it was not sent, the budget is spent" in shown
    assert "nothing more until the credential changes" in shown
    assert asked(captcha) == 1


def test_what_a_check_has_spent_is_spent_for_the_run_at_work_beside_it(captcha):
    captcha.tenants.run("delete from api_credentials")
    captcha.openai(captcha.tenants.user("ben"), "good")
    with captcha.run() as running:
        running.wait("status.changed", api="openai", current="healthy")  # its worker has begun
        save(captcha, "revoked", user=1)
        os.kill(running.process.pid, signal.SIGSTOP)
        captcha.json("check", "--api", "2captcha")
        os.kill(running.process.pid, signal.SIGCONT)
        looked_again(captcha)
        assert running.worker_pid
        assert not running.all("worker.died")
    assert asked(captcha) == 1


def test_what_an_answer_in_doubt_has_spent_is_spent_for_the_next_worker(captcha):
    save(captcha, "broken", user=1)
    with captcha.run() as running:
        assert eventually(lambda: asked(captcha) == 1, BOUND)
        assert eventually(lambda: captcha.json("worker", "show")[0]["in_flight"] == [], BOUND)
        os.kill(running.worker_pid, signal.SIGKILL)  # while the answer waits for a second one
        running.wait("status.changed", reason="provider_error")
    assert asked(captcha) == 1


def test_a_key_that_is_known_to_be_unknown_is_told_so_whatever_the_row_held_before(captcha):
    captcha.json("check")
    save(captcha, "good", user=1)
    assert [row["reason"] for row in captcha.json("check")] == ["ok"]
    save(captcha, "revoked", user=1)
    assert [row["reason"] for row in captcha.json("check")] == ["invalid_credential"]
    assert asked(captcha) == 2


def test_another_key_is_asked_about_at_once(captcha):
    with captcha.run() as running:
        running.wait("status.changed", reason="invalid_credential")
        save(captcha, "good", user=1)
        captcha.command("reload")  # new rows are looked for at once
        running.wait("status.changed", reason="ok", current="healthy")
    assert asked(captcha) == 2


def test_an_end_that_comes_near_is_told_once_and_again_after_a_renewal(system):
    user = system.tenants.user("ana")
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=6, hours=3)

    def mercadolibre(ends: datetime) -> None:
        fields = {
            "clientId": "1",
            "clientSecret": "s",
            "accessToken": "APP_USR-demo-good-1",
            "expiresAt": ends.isoformat(),
        }
        system.tenants.run("delete from api_credentials")
        system.tenants.credential(user, "mercadolibre", text=system.seal(fields))

    mercadolibre(end)
    system.configure(**{"providers.mercadolibre": {"base_url": system.market.base_url, "interval": 1}})
    facts = {"user_id": user, "api": "mercadolibre", "environment": "production"}
    with system.run() as running:
        told = running.wait("credential.expiring", **facts)
        assert told["expires_at"] == end.isoformat().replace("+00:00", "Z")
        seen = looks(system)
        assert eventually(lambda: looks(system) > seen + 2, BOUND)
        assert len(running.all("credential.expiring")) == 1
        (shown,) = system.json("status")
        assert "expires" not in str(shown)
        assert "expires in 6 days" in system.command("status").stdout
        mercadolibre(end + timedelta(days=20))
        system.command("reload")  # new rows are looked for at once
        told = running.wait("credential.expiring", 2)
        assert told["expires_at"] == (end + timedelta(days=20)).isoformat().replace("+00:00", "Z")
