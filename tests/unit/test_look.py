"""One look at one credential: what its answer and its story hold, and what they never hold."""

import json
import time

import msgspec
import pytest

from workers import look as room
from workers.budget import Budgets
from workers.flight import KEPT_BYTES
from workers.look import Look, for_the_page
from workers.provider import Budget, Endpoint, Field, Login, Provider
from workers.secret import Secret
from workers.story import MAX_REQUESTS, MAX_STORY_BYTES, Story, decode_story
from workers.vault import Layout, Vault, read_key
from workers.verdict import Failure, Reply, Trouble, Verdict, of_failure
from workers.wire import Check, Phase, Reason, decode_answer, encode

CANARY = "canary-that-must-not-sing"
VAULT = Vault(read_key(None, {"ENCRYPTION_KEY": "a key of these tests, long enough for everyone"}))
LIMIT = Budget("requests", per=1000.0, burst=2, by=("key",), source="a document")
ENDPOINT = Endpoint("GET", "https://{shop}.example.test/v1/{name}", "reads", LIMIT)
OK = Verdict(Reason.OK, "it works", rule="200", source="a document")


class Line:
    """Stands where the prober stands: answers what a test has put into it."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def exchange(self, request, *, stamp, timings, **_how):
        stamp(Phase.PROBE)
        self.asked.append(request)
        timings.first_byte = 12.5
        return self.answers.pop(0) if self.answers else Reply(200, {}, CANARY.encode())

    login = exchange


def provider(converse, **more):
    fields = (Field("key"), Field("shop", required=False), Field("until", required=False))
    return Provider("shop", fields, converse, **more)


def asks(*, times=1, verdict=OK):
    def converse(fields, context):
        for _ in range(times):
            headers = {"Authorization": Secret(f"Bearer {CANARY}"), "X-Shop": fields["key"]}
            answered = yield ENDPOINT.ask(headers, query={"key": fields["key"]}, shop=f"{CANARY}-shop", name=CANARY)
            if isinstance(answered, Failure):
                return of_failure(answered)
        return verdict

    return converse


def look_at(made, line=None, *, budgets=None, stored=None, probe=True, stamps=None):
    stored = {"key": CANARY, "shop": f"{CANARY}-shop"} if stored is None else stored
    sealed = VAULT.seal(Secret(json.dumps(stored)), Layout.GCM)
    check = Check(
        check=1, attempt=1, api="shop", environment="production", ciphertext=sealed, probe=probe, saved_at=1.0
    )
    look = Look(VAULT, line or Line(), budgets or Budgets(VAULT.pseudonym), 5.0, {"shop": made})
    return look.at(7, check, (lambda _phase: None) if stamps is None else stamps.append)


def story_of(answer):
    story = decode_story(answer.story)
    assert isinstance(story, Story)
    return story


def test_an_answer_tells_reason_latency_and_phases_in_order():
    stamps = []
    answer = look_at(provider(asks()), stamps=stamps)
    assert (answer.job, answer.reason, answer.message) == (7, Reason.OK, "it works")
    assert answer.latency_ms is not None
    assert stamps == [Phase.VALIDATE, Phase.PROBE, Phase.REPORT]


def test_a_story_has_names_shapes_and_rules_and_no_value_of_a_tenant():
    answer = look_at(provider(asks()))
    story = story_of(answer)
    (asked,) = story.requests
    assert (story.fields, story.rule, story.source) == (("key", "shop"), "200", "a document")
    assert (asked.method, asked.host, asked.path) == ("GET", "{shop}.example.test", "/v1/{name}")
    assert (asked.headers, asked.status, asked.first_byte_ms) == (("Authorization", "X-Shop"), 200, 12.5)
    assert CANARY.encode() not in answer.story + msgspec.msgpack.encode(answer)


def test_a_log_in_is_told_by_its_pattern_too():
    endpoint = Endpoint("SMTP", "smtp://{host}:{port}", "nothing is sent", LIMIT)

    def converse(fields, context):
        yield Login(f"{CANARY}.example", 25, fields["key"], fields["key"], endpoint)
        return OK

    line = Line(Reply(235, {"stage": "auth"}, b""))
    answer = look_at(provider(converse), line)
    (asked,) = story_of(answer).requests
    assert (asked.method, asked.host, asked.path, asked.status) == ("SMTP", "{host}:{port}", "", 235)
    assert isinstance(line.asked[0], Login)
    assert CANARY.encode() not in msgspec.msgpack.encode(answer)


def test_an_exception_of_ours_is_nobodys_fault_and_its_text_is_not_told():
    def converse(fields, context):
        yield ENDPOINT.ask(shop="s", name="n")
        raise ValueError(fields["key"].reveal())

    answer = look_at(provider(converse))
    assert answer.reason is Reason.UNRECOGNISED
    assert "ValueError" in answer.message
    assert CANARY.encode() not in msgspec.msgpack.encode(answer)


def test_a_spent_budget_sends_nothing_and_keeps_the_last_verdict():
    budgets, line = Budgets(VAULT.pseudonym), Line()
    for _ in range(2):
        assert look_at(provider(asks()), line, budgets=budgets).waiting is False
    before = time.time()
    answer = look_at(provider(asks()), line, budgets=budgets)
    assert (answer.waiting, answer.reason, len(line.asked)) == (True, Reason.VALID_UNPROBED, 2)
    assert answer.latency_ms is None
    assert before + 990 < answer.again_at < time.time() + 1001
    (asked,) = story_of(answer).requests
    assert (asked.status, asked.trouble) == (None, "budget")


def test_what_was_spent_is_handed_over_to_be_kept():
    (spent,) = look_at(provider(asks())).spent
    assert 0.9 < spent.tokens < 1.1
    (left,) = story_of(look_at(provider(asks()))).budgets
    assert (left.name, left.per) == ("requests", 1000.0)


def test_a_rate_limit_is_asked_again_when_the_provider_says():
    limited = Verdict(Reason.RATE_LIMITED, "slow down")
    line = Line(Reply(429, {"retry-after": "300"}, b""))
    answer = look_at(provider(asks(verdict=limited)), line)
    assert answer.again_at == pytest.approx(time.time() + 300, abs=5)


def test_a_verdicts_own_instant_counts_before_the_budgets():
    limited = Verdict(Reason.RATE_LIMITED, "slow down", again_at=4e9)
    assert look_at(provider(asks(verdict=limited)), Line(Reply(429, {"retry-after": "300"}, b""))).again_at == 4e9


def test_a_verdict_for_good_is_not_asked_again_until_the_credential_changes():
    budgets, line = Budgets(VAULT.pseudonym), Line()
    refused = Verdict(Reason.INVALID_CREDENTIAL, "unknown", for_good=True)
    look_at(provider(asks(verdict=refused)), line, budgets=budgets)
    assert look_at(provider(asks()), line, budgets=budgets).waiting
    assert not look_at(provider(asks()), line, budgets=budgets, stored={"key": "the new one"}).waiting
    assert len(line.asked) == 2


@pytest.mark.parametrize(
    ("said", "stored", "told"), [(3e9, 2e9, 3e9), (None, 2e9, 2e9), (None, None, None), (9e99, None, None)]
)
def test_the_providers_end_counts_before_the_stored_one_and_nonsense_is_none(said, stored, told):
    made = provider(asks(verdict=Verdict(Reason.OK, "it works", expires_at=said)), expires=lambda _f, _c: stored)
    assert look_at(made).expires_at == told


def test_an_end_is_told_of_a_credential_that_is_not_probed_too():
    answer = look_at(provider(asks(), expires=lambda _fields, context: context.saved_at + 10), probe=False)
    assert (answer.reason, answer.expires_at, answer.latency_ms) == (Reason.VALID_UNPROBED, 11.0, None)


def test_a_form_that_decides_already_is_not_asked():
    line = Line()
    made = provider(asks(), validate=lambda _fields, _context: Verdict(Reason.MISSING_FIELDS, "something is missing"))
    assert look_at(made, line).reason is Reason.MISSING_FIELDS
    assert line.asked == []


def test_want_of_memory_is_no_verdict():
    def converse(fields, context):
        raise MemoryError
        yield

    with pytest.raises(MemoryError):
        look_at(provider(converse))


def test_a_provider_without_a_conversation_is_validated_alone():
    assert look_at(provider(None)).reason is Reason.VALID_UNPROBED


def test_of_many_requests_the_first_are_told():
    endpoint = Endpoint("GET", "https://api.example.test/", "reads")  # no documented limit

    def converse(fields, context):
        for _ in range(MAX_REQUESTS + 5):
            yield endpoint.ask()
        return OK

    assert len(story_of(look_at(provider(converse))).requests) == MAX_REQUESTS


def test_a_story_over_the_bound_is_cut_to_its_rule():
    long = Endpoint("GET", f"https://{'h' * 250}.test/{'p' * 190}", "reads")

    def converse(fields, context):
        for _ in range(MAX_REQUESTS):
            yield long.ask({f"{'X' * 62}{n}": "v" for n in range(16)})
        return OK

    answer = look_at(provider(converse))
    assert len(answer.story) <= MAX_STORY_BYTES
    story = story_of(answer)
    assert (story.requests, story.fields, story.rule, story.source) == ((), (), "200", "a document")


def test_the_page_gets_the_answer_as_it_is_sent():
    answer = look_at(provider(asks()))
    assert for_the_page(answer, encode(answer)) == encode(answer)


def test_the_page_gets_no_story_that_is_too_long_for_it():
    answer = msgspec.structs.replace(look_at(provider(asks())), story=b"x" * KEPT_BYTES)
    kept = for_the_page(answer, encode(answer))
    assert decode_answer(kept) == msgspec.structs.replace(answer, story=b"")


def test_failures_are_told_by_their_trouble():
    (asked,) = story_of(look_at(provider(asks()), Line(Failure(Trouble.TLS)))).requests
    assert (asked.status, asked.trouble) == (None, "tls")


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(room, "_REMEMBERED", 3)
    remembered = room._Remembered()
    for n in range(9):
        remembered[str(n),] = (n, 0.0)
    assert list(remembered) == [("6",), ("7",), ("8",)]
