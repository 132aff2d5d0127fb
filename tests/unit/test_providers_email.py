"""A mail account: which ports are called, by which kind of TLS, and how seldom."""

import pytest

from tests.helpers.dialogue import NOW, hold
from tests.helpers.documented.email import FIELDS
from workers import providers
from workers.provider import Login
from workers.verdict import Failure, Reply, Trouble
from workers.wire import Reason

EMAIL = providers.find("email")
LET_IN = Reply(235, {"stage": "auth"}, b"2.7.0 Accepted")


def probe(*script, now=NOW, **stored):
    return hold(EMAIL, FIELDS | stored, script, now=now)


@pytest.mark.parametrize(
    ("port", "implicit"), [("25", False), ("465", True), ("587", False), ("2525", False), (" 587 ", False)]
)
def test_the_port_decides_how_tls_begins(port, implicit) -> None:
    (login,) = probe(LET_IN, port=port).requests
    assert isinstance(login, Login)
    assert (login.host, login.port, login.implicit_tls) == (FIELDS["host"], int(port), implicit)


@pytest.mark.parametrize("port", ["22", "80", "443", "1", "8025", "65535"])
def test_whoever_may_save_a_credential_cannot_have_other_services_called(port) -> None:
    dialogue = probe(port=port)
    assert (dialogue.verdict.reason, dialogue.requests) == (Reason.VALID_UNPROBED, ())


@pytest.mark.parametrize("port", ["", "0", "65536", "-25", "25.0", "smtp", "25 587", "²⁵", "9" * 16])
def test_a_port_that_is_none_is_a_missing_field(port) -> None:
    dialogue = probe(port=port)
    assert (dialogue.verdict.reason, dialogue.requests) == (Reason.MISSING_FIELDS, ())


def test_a_refused_password_rests_for_hours_for_servers_shut_out_who_fails_often() -> None:
    refused = Reply(535, {"stage": "auth"}, b"5.7.8 Authentication credentials invalid")
    rests = {probe(refused, now=NOW + n).verdict.again_at - NOW - n for n in range(50)}
    assert all(7200 <= rest < 14_400 for rest in rests)


def test_after_an_answer_an_account_rests_for_half_an_hour_to_an_hour_and_not_all_alike() -> None:
    rests = {probe(LET_IN, now=NOW + n).verdict.again_at - NOW - n for n in range(50)}
    assert all(1800 <= rest < 3600 for rest in rests)
    assert len(rests) > 40
    assert max(rests) - min(rests) > 1200


@pytest.mark.parametrize("trouble", [Trouble.TIMEOUT, Trouble.RESET, Trouble.LOCAL])
def test_a_log_in_that_never_was_needs_no_rest(trouble) -> None:
    assert probe(Failure(trouble)).verdict.again_at is None


def test_a_passing_trouble_may_be_asked_about_again_soon() -> None:
    verdict = probe(Reply(451, {"stage": "auth"}, b"4.3.0 try again")).verdict
    assert (verdict.reason, verdict.again_at) == (Reason.PROVIDER_ERROR, None)


def test_a_spent_budget_waits_as_long_as_the_budget_says() -> None:
    verdict = probe(Failure(Trouble.BUDGET, NOW + 77)).verdict
    assert (verdict.waiting, verdict.again_at) == (True, NOW + 77)


@pytest.mark.parametrize("stage", ["connect", "ehlo", "starttls"])
@pytest.mark.parametrize("text", [b"5.7.8 no", b"5.7.3 no", b"Incorrect authentication data"])
def test_only_an_answer_to_auth_says_something_of_the_account(stage, text) -> None:
    assert probe(Reply(535, {"stage": stage}, text)).verdict.reason is Reason.UNRECOGNISED


def test_the_budget_is_of_a_user_at_a_host() -> None:
    budget = EMAIL.endpoints[0].budget
    assert budget is not None
    assert (budget.by, budget.per, budget.burst) == (("host", "user"), 1800, 2)
