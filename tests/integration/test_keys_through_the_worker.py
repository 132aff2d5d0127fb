"""Every kind of key through the real worker and a real line, to the stand-in: in header, query, body, path and pair."""

import pytest

from supervisor.standin import StandIn
from tests.helpers.worker import bench, check, seal
from workers.story import decode_story
from workers.wire import Reason

FIELDS = {
    "gemini": lambda mark: {"apiKey": f"AIza{mark}"},
    "scraperapi": lambda mark: {"apiKey": mark},
    "zenrows": lambda mark: {"apiKey": mark},
    "2captcha": lambda mark: {"apiKey": mark},
    "twilio": lambda mark: {"accountSid": "AC" + "0" * 32, "authToken": mark, "phoneNumber": "+15005550006"},
    "slack": lambda mark: {"botToken": f"xoxb-{mark}"},
    "sendgrid": lambda mark: {"apiKey": f"SG.{mark}"},
    "shopify": lambda mark: {"shop": "sample", "accessToken": f"shpat_{mark}"},
    "etsy": lambda mark: {"apiKey": "key", "sharedSecret": "secret", "accessToken": f"1.{mark}"},
}


@pytest.fixture(scope="module")
def market():
    with StandIn() as standin:
        yield standin


@pytest.fixture
def worker(tmp_path, market):
    with bench(tmp_path, market.base_url) as started:
        started.set_up(base_urls=dict.fromkeys(FIELDS, market.base_url))
        yield started


def asked(worker, word):
    checks = {
        number: (api, seal(api, fields(f"demo-{word}-{number}.canary")))
        for number, (api, fields) in enumerate(FIELDS.items(), 1)
    }
    answers = worker.ask(*(check(number, sealed, api) for number, (api, sealed) in checks.items()))
    return {checks[answer.check][0]: answer for answer in answers}


@pytest.mark.parametrize(("word", "reason"), [("good", Reason.OK), ("revoked", Reason.INVALID_CREDENTIAL)])
def test_a_key_arrives_where_its_provider_looks_for_it_and_is_told_nowhere(worker, market, word, reason):
    market.clear()
    answers = asked(worker, word)
    assert {api: answer.reason for api, answer in answers.items()} == dict.fromkeys(FIELDS, reason)
    assert {seen.mark for seen in market.ledger()} == {f"demo-{word}-{n}.canary" for n in range(1, len(FIELDS) + 1)}
    for answer in answers.values():
        story = decode_story(answer.story)
        assert story is not None
        assert story.rule
        assert story.source
        assert "canary" not in repr(answer) + repr(story)


def test_a_key_that_2captcha_does_not_know_is_asked_for_once_and_never_again(worker, market):
    sealed = seal("2captcha", FIELDS["2captcha"]("demo-revoked-once"))
    first, second = (worker.ask(check(number, sealed, "2captcha"))[0] for number in (1, 2))
    assert (first.reason, first.message) == (second.reason, second.message)
    assert (second.reason, second.waiting, second.latency_ms) == (Reason.INVALID_CREDENTIAL, False, None)
    assert [seen.times for seen in market.ledger() if seen.mark == "demo-revoked-once"] == [1]
