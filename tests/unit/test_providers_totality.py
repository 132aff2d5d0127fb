"""Whatever comes back, a provider gives a verdict, and blames the tenant only for what is documented."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.dialogue import answer, hold
from tests.helpers.documented import AGAINST_THE_TENANT, CASES, FIELDS, PROBED
from workers import providers
from workers.verdict import Failure, Reply, Trouble, Verdict
from workers.wire import MAX_MESSAGE_CHARS, SUPERVISOR_ONLY, Reason

EBAY_TOKEN_ERRORS = (
    (400, {"error": "invalid_grant"}),
    (400, {"error": "invalid_client"}),
    (401, {"error": "invalid_client"}),
)
DOCUMENTED = {
    api: [(case.status, case.body) for case in CASES if case.api == api]
    + (list(EBAY_TOKEN_ERRORS) if api == "ebay" else [])
    for api in PROBED
}
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "server", "cf-mitigated", "retry-after", "date"]), st.text(max_size=20)
)
WORDS = st.sampled_from(
    ["error", "errors", "errorId", "code", "message", "type", "status", "name", "data", "object", "id", "x"]
)
# No documented marker can come out of this: words of the vocabulary, small numbers, short text without letters.
LEAVES = st.none() | st.booleans() | st.integers(-9, 999) | WORDS | st.text("0123 _-.", max_size=5)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=20
)
UNDOCUMENTED = (
    st.builds(Reply, st.integers(100, 599), HEADERS, st.binary(max_size=200))
    | st.builds(answer, st.integers(100, 599), JSON)
    | st.builds(Failure, st.sampled_from(sorted(set(Trouble) - {Trouble.BAD_REQUEST})))
)


def judged(api, script):
    fields = FIELDS[api] | ({"refreshToken": "grant"} if api == "ebay" else {})
    verdict = hold(providers.find(api), fields, [*script, *script, *script, *script]).verdict
    assert isinstance(verdict, Verdict)
    assert verdict.reason not in SUPERVISOR_ONLY
    assert 0 < len(verdict.message) <= MAX_MESSAGE_CHARS
    return verdict.reason


@pytest.mark.parametrize("api", PROBED)
@given(reply=UNDOCUMENTED)
@settings(max_examples=300, deadline=None)
def test_nothing_undocumented_is_held_against_a_tenant(api, reply):
    assert judged(api, [reply]) not in AGAINST_THE_TENANT


@pytest.mark.parametrize("api", PROBED)
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_sequence_of_documented_answers_ends_in_a_verdict(api, data):
    some = st.sampled_from(DOCUMENTED[api])
    script = [answer(*data.draw(some)) for _ in range(4)]
    assert judged(api, script)


@pytest.mark.parametrize("case", [case for case in CASES if case.reason in AGAINST_THE_TENANT], ids=str)
def test_a_documented_body_with_another_status_is_no_verdict_against_a_tenant(case):
    meant = {status for status, body in DOCUMENTED[case.api] if body == case.body}
    if case.reason is Reason.INSUFFICIENT_SCOPE and case.api == "openai":
        meant |= {401, 403}  # the same words at both
    for status in set(range(100, 600)) - meant:
        assert judged(case.api, [answer(status, case.body)]) not in AGAINST_THE_TENANT, status


@pytest.mark.parametrize("case", [case for case in CASES if case.reason is Reason.OK], ids=str)
def test_a_body_of_success_counts_with_200_alone(case):
    for status in set(range(100, 600)) - {200}:
        assert judged(case.api, [answer(status, case.body)]) is not Reason.OK, status


@pytest.mark.parametrize("api", PROBED)
@given(body=JSON)
@settings(deadline=None)
def test_success_needs_the_documented_shape(api, body):
    markers = {"data", "id", "object"}
    reason = judged(api, [answer(200, body)])
    assert reason is not Reason.OK or (isinstance(body, dict) and markers & set(body))
