"""What may be our own egress is not stored before anybody has answered since; where nobody does, others are asked."""

import pytest

from supervisor.incidents import Kind
from tests.helpers.doubting import LATEST, POLICY, Room, claim
from workers.wire import Reason
from workers.words import NO_NAME_SERVER


@pytest.fixture
def room():
    return Room()


def small(room, *apis):
    for api in apis:
        room.book.expect(api)


def fail_twice(room, one):
    room.weigh(one, Reason.UNREACHABLE)
    room.wait(LATEST)
    room.weigh(one, Reason.UNREACHABLE)


def test_a_blip_needs_no_opinion(room):
    small(room, "ebay", "stripe", "groq")
    room.weigh(claim(1), Reason.UNREACHABLE)
    room.wait(LATEST)
    room.weigh(claim(1), Reason.OK)
    assert room.pulled == []


def test_where_no_name_is_resolved_it_is_us_though_others_answer_over_open_connections(room):
    small(room, "ebay", "stripe", "groq", "openai")
    lost = [claim(1, "ebay"), claim(2, "stripe"), claim(3, "groq")]
    for _ in range(2):
        for one in lost:
            room.weigh(one, Reason.UNREACHABLE, NO_NAME_SERVER)
            room.weigh(claim(4, "openai"), Reason.OK)
        room.wait(LATEST)
    assert {check: reason for check, reason in room.reasons if check != 4} == dict.fromkeys((1, 2, 3), Reason.BLOCKED)
    assert [change.incident.kind for change in room.told] == [Kind.EGRESS]


def test_a_missing_name_is_held_no_longer_than_others_take_to_answer(room):
    small(room, "ebay", "stripe", "groq", "openai")
    for _ in range(2):
        room.weigh(claim(1), Reason.UNREACHABLE, NO_NAME_SERVER)
        room.wait(LATEST)
    for check, api in enumerate(("stripe", "groq"), 2):
        assert 1 not in dict(room.reasons)
        room.weigh(claim(check, api), Reason.OK)
        room.wait(0.25)
    assert room.reasons[-1] == (1, Reason.UNREACHABLE)


def test_while_others_answer_nobody_is_asked_for_an_opinion(room):
    small(room, "ebay", "stripe", "groq")
    fail_twice(room, claim(1))
    assert room.kept == [], "it may have been us, just now"
    room.wait(0.5)
    room.weigh(claim(2, "stripe"), Reason.OK)
    room.wait(0.25)
    assert room.reasons == [(2, Reason.OK), (1, Reason.UNREACHABLE)]
    assert room.pulled == []


def test_what_others_said_before_the_second_failure_proves_nothing(room):
    """A blip right before our egress went: the answers between the two are no evidence of the second."""
    small(room, "ebay", "stripe")
    one = claim(1)
    room.weigh(one, Reason.UNREACHABLE)
    room.wait(1)
    room.weigh(claim(2, "stripe"), Reason.OK)
    room.wait(LATEST)
    room.weigh(one, Reason.UNREACHABLE)
    room.weigh(claim(3, "stripe"), Reason.UNREACHABLE)
    room.wait(LATEST)
    assert sorted(room.reasons) == [(1, Reason.BLOCKED), (2, Reason.OK), (3, Reason.BLOCKED)]


def test_where_nobody_answers_other_providers_are_asked_and_their_word_decides(room):
    small(room, "ebay", "stripe")
    fail_twice(room, claim(1))
    room.wait(POLICY.opinion_after + 0.5)
    assert room.pulled == [(("stripe",), 1)]
    opinion = claim(7, "stripe")
    room.doubt.came([opinion])
    room.wait(1)
    room.weigh(opinion, Reason.OK)
    room.wait(1)
    assert room.reasons == [(7, Reason.OK), (1, Reason.UNREACHABLE)]
    assert len(room.pulled) == 1


def test_all_in_vain_is_our_egress_and_no_tenants_trouble(room):
    small(room, "ebay", "stripe", "groq", "openai")
    fail_twice(room, claim(1))
    room.wait(2)
    ((apis, _),) = room.pulled
    assert len(apis) == POLICY.opinions
    others = [claim(7 + at, api) for at, api in enumerate(apis)]
    room.doubt.came(others)
    for other in others:
        room.weigh(other, Reason.UNREACHABLE)
    room.wait(1)
    assert [(change.incident.api, change.incident.kind) for change in room.told] == [(None, Kind.EGRESS)]
    assert sorted(room.reasons) == [(1, Reason.BLOCKED), (7, Reason.BLOCKED), (8, Reason.BLOCKED)]


def test_an_opinion_that_is_late_is_waited_for_but_not_for_ever(room):
    small(room, "ebay", "stripe")
    one = claim(1)
    fail_twice(room, one)
    assert (room.kept, list(room.doubt.claims())) == ([], [one])
    room.wait(POLICY.hold + 1)
    assert room.reasons == [(1, Reason.UNREACHABLE)]


def test_each_other_provider_is_asked_once_while_nobody_answers(room):
    small(room, "ebay", "amazon", "groq", "openai", "stripe")
    fail_twice(room, claim(1))
    for _ in range(8):
        room.wait(1)
        room.doubt.came([])
    asked = [api for apis, _ in room.pulled for api in apis]
    assert sorted(asked) == ["amazon", "groq", "openai", "stripe"]


def test_a_provider_that_is_never_asked_has_no_word(room):
    small(room, "ebay", "serpapi")
    fail_twice(room, claim(1))
    room.wait(2)
    mute = claim(9, "serpapi", previous=None)
    room.doubt.came([mute])
    room.weigh(mute, Reason.VALID_UNPROBED, latency_ms=None)
    room.wait(1)
    assert room.reasons == [(9, Reason.VALID_UNPROBED), (1, Reason.UNREACHABLE)], "the only provider there is"


def test_an_error_of_the_providers_own_needs_no_opinion(room):
    small(room, "ebay", "stripe")
    one = claim(1)
    room.weigh(one, Reason.PROVIDER_ERROR)
    room.wait(LATEST)
    room.weigh(one, Reason.PROVIDER_ERROR)
    room.wait(5)
    assert (room.reasons, room.pulled) == ([(1, Reason.PROVIDER_ERROR)], [])
