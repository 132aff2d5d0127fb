"""Documented answers bent out of shape: always a verdict, and none against the tenant without its documented marker.

`HEALTHSUP_TEST_EXAMPLES=6000 scripts/test tests/unit/test_fuzz_verdicts.py -s` is the long lane: more than 100 000
examples over all providers; it prints how many there were.
"""

import json
import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.dialogue import answer, hold
from tests.helpers.documented import AGAINST_THE_TENANT, CASES, FIELDS, PROBED
from workers import providers
from workers.verdict import Failure, Reply, Trouble
from workers.wire import MAX_MESSAGE_CHARS, SUPERVISOR_ONLY, Reason

EXAMPLES = int(os.environ.get("HEALTHSUP_TEST_EXAMPLES", "150"))
BLAMED_ON_THE_TENANT = (Reason.INVALID_CREDENTIAL, Reason.EXPIRED, Reason.ACCOUNT_RESTRICTED)
COUNTED: Counter[str] = Counter()
LEAVES = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=12)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
STATUSES = st.integers(100, 599)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "server", "cf-mitigated", "retry-after", "date", "www-authenticate"]),
    st.text(max_size=30),
    max_size=3,
)


def leaves(value, path=()):
    match value:
        case dict():
            for key, inner in value.items():
                yield from leaves(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from leaves(inner, (*path, index))
        case _:
            yield path, value


def bent(body, path, new, how):
    """The body with what lies at `path` replaced, dropped, or moved up to its parent's place."""
    copy = json.loads(json.dumps(body))
    if not path:
        return new
    parent = copy
    for step in path[:-1]:
        parent = parent[step]
    if how == "drop" and isinstance(parent, dict):
        del parent[path[-1]]
    elif how == "wrap":
        parent[path[-1]] = [parent[path[-1]]]
    else:
        parent[path[-1]] = new
    return copy


@st.composite
def replies(draw, api):
    """A documented answer: as it is, with another status, with one place bent, cut off, or something else entirely."""
    case = draw(st.sampled_from([case for case in CASES if case.api == api]))
    how = draw(st.sampled_from(["status", "replace", "drop", "wrap", "cut", "headers", "random", "bytes", "failure"]))
    match how:
        case "status":
            reply = answer(draw(STATUSES), case.body, case.headers)
        case "cut":
            whole = case.reply.body
            reply = Reply(case.status, case.reply.headers, whole[: draw(st.integers(0, len(whole)))])
        case "headers":
            reply = Reply(case.status, draw(HEADERS), case.reply.body)
        case "random":
            reply = answer(draw(st.sampled_from([case.status]) | STATUSES), draw(VALUES))
        case "bytes":
            reply = Reply(draw(STATUSES), draw(HEADERS), draw(st.binary(max_size=300)))
        case "failure":
            reply = Failure(draw(st.sampled_from(sorted(set(Trouble) - {Trouble.BAD_REQUEST}))), 4e9)
        case _:
            places = [path for path, _ in leaves(case.body)] if isinstance(case.body, dict) else []
            body = bent(case.body, draw(st.sampled_from(places)), draw(VALUES), how) if places else case.body
            reply = answer(case.status, body, case.headers)
    return case, reply


def marked(api, reply, reason):
    """Whether the reply still has a documented answer's status and one of its values at the same place."""
    if not isinstance(reply, Reply):
        return False
    try:
        found = set(map(repr, leaves(json.loads(reply.body))))
    except ValueError:
        found = set()
    for case in CASES:
        if (case.api, case.reason, case.status) == (api, reason, reply.status):
            if isinstance(case.body, bytes):
                if case.body[:5] == reply.body[:5]:  # the enhanced status code of a mail server
                    return True
            elif found & set(map(repr, leaves(case.body))):
                return True
    return False


@pytest.fixture(scope="module", autouse=True)
def count():
    yield
    print(f"\nexamples: {sum(COUNTED.values())} over {len(COUNTED)} providers")  # noqa: T201 - the long lane's figure


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("api", PROBED)
def test_a_bent_answer_is_never_held_against_the_tenant_without_its_marker(api):
    @given(replies(api))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    def examine(drawn):
        case, reply = drawn
        COUNTED[api] += 1
        script = [*case.before, *([reply] * 6)]
        verdict = hold(providers.find(api), FIELDS[api] | case.fields, script, environment=case.environment).verdict
        assert verdict.reason not in SUPERVISOR_ONLY
        assert 0 < len(verdict.message) <= MAX_MESSAGE_CHARS
        if verdict.reason in AGAINST_THE_TENANT and case.reason not in AGAINST_THE_TENANT:
            assert marked(api, reply, verdict.reason), (reply, verdict)
        if verdict.reason in BLAMED_ON_THE_TENANT and isinstance(reply, Reply):
            assert marked(api, reply, verdict.reason), (reply, verdict)

    examine()
