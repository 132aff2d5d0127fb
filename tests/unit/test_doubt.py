"""An answer that may be a blip is asked again; while an incident is open it says so."""

import pytest

from supervisor.incidents import Incident, Kind
from supervisor.service.doubt import DEGRADED, NO_EGRESS
from tests.helpers.doubting import LATEST, POLICY, Room, claim
from workers.wire import Reason

BAD = [Reason.UNREACHABLE, Reason.PROVIDER_ERROR]
DOCUMENTED = sorted(set(Reason) - set(BAD))


@pytest.fixture
def room():
    return Room()


@pytest.mark.parametrize("reason", BAD)
@pytest.mark.parametrize("previous", [None, "ok", "slow", "blocked", "invalid_credential", "worker_crash"])
def test_a_first_bad_answer_is_asked_again_once_and_then_counts_whatever_comes(room, reason, previous):
    one = claim(1, previous=previous)
    room.weigh(one, reason)
    assert (room.kept, list(room.doubt.claims())) == ([], [one])
    room.wait(POLICY.again_after - 0.5)
    assert room.asked == []
    room.wait(LATEST)
    assert room.asked == [one]
    room.weigh(one, reason, "still not")
    assert [(kept, found.message) for kept, found in room.kept] == [(one, "still not")]
    room.wait(60)
    assert (len(room.kept), room.asked) == (1, [one])


def test_a_blip_leaves_nothing_but_the_second_answer(room):
    one = claim(1)
    room.weigh(one, Reason.PROVIDER_ERROR)
    room.wait(LATEST)
    room.weigh(one, Reason.OK)
    assert room.reasons == [(1, Reason.OK)]
    assert room.doubt.empty


@pytest.mark.parametrize("reason", DOCUMENTED)
def test_anything_documented_is_kept_as_it_comes(room, reason):
    room.weigh(claim(1), reason)
    assert room.reasons == [(1, reason)]


@pytest.mark.parametrize("reason", BAD)
@pytest.mark.parametrize("previous", ["unreachable", "provider_error"])
def test_a_check_that_was_down_already_is_not_asked_again(room, reason, previous):
    room.weigh(claim(1, previous=previous), reason)
    assert room.reasons == [(1, reason)]


def test_a_herd_comes_back_spread(room):
    for check in range(1, 101):
        room.weigh(claim(check), Reason.PROVIDER_ERROR)
    counts = []
    for _ in range(20):
        before = len(room.asked)
        room.wait(0.5)
        counts.append(len(room.asked) - before)
    assert sum(counts) == 100
    assert sum(counts[:9]) == 0
    assert max(counts) <= 12


@pytest.mark.parametrize(
    "reason", [Reason.WORKER_CRASH, Reason.DEADLINE, Reason.QUARANTINED, Reason.INVALID_CREDENTIAL]
)
def test_whatever_comes_of_the_second_question_counts(room, reason):
    one = claim(1)
    room.weigh(one, Reason.UNREACHABLE)
    room.wait(LATEST)
    room.weigh(one, reason, latency_ms=None)
    assert room.reasons == [(1, reason)]


def test_where_the_budget_has_no_second_question_the_first_answer_counts(room):
    one = claim(1)
    room.weigh(one, Reason.PROVIDER_ERROR, "the first")
    room.wait(LATEST)
    room.weigh(one, Reason.VALID_UNPROBED, waiting=True, latency_ms=None)
    assert [(found.reason, found.message, found.waiting) for _, found in room.kept] == [
        (Reason.PROVIDER_ERROR, "the first", False)
    ]


def test_a_provider_that_says_when_to_come_again_is_not_asked_before(room):
    room.weigh(claim(1), Reason.PROVIDER_ERROR, again_at=2e9)
    assert room.reasons == [(1, Reason.PROVIDER_ERROR)]


def test_at_a_stop_what_is_in_doubt_is_given_back_and_what_is_known_is_kept(room):
    first, second, third = claim(1), claim(2), claim(3)
    room.weigh(first, Reason.UNREACHABLE)
    room.weigh(second, Reason.OK)
    room.wait(LATEST)
    room.weigh(third, Reason.PROVIDER_ERROR)
    assert room.doubt.give_up() == [third], "the first is at the worker again"
    assert (room.doubt.empty, room.reasons) == (True, [(2, Reason.OK)])


def test_while_too_much_is_in_doubt_nothing_new_is_taken_in(room):
    for check in range(1, POLICY.most + 1):
        assert not room.doubt.full
        room.weigh(claim(check), Reason.PROVIDER_ERROR)
    assert room.doubt.full


# --- incidents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", BAD)
def test_while_its_provider_is_down_for_all_an_answer_is_kept_at_once_and_says_so(room, reason):
    room.book.adopt(Incident("ebay", Kind.OUTAGE, room.now))
    room.weigh(claim(1), reason, "HTTP 503")
    room.weigh(claim(2, api="stripe"), reason, "HTTP 503")
    ((_, found),) = room.kept
    assert (found.reason, found.message) == (reason, DEGRADED + "HTTP 503")


def test_the_words_of_an_incident_fit_the_message(room):
    room.book.adopt(Incident("ebay", Kind.RATE_LIMIT, room.now))
    room.weigh(claim(1), Reason.RATE_LIMITED, "x" * 200)
    assert len(room.kept[0][1].message) == 200


def test_a_refusal_during_an_incident_is_a_refusal(room):
    room.book.adopt(Incident("ebay", Kind.OUTAGE, room.now))
    room.book.adopt(Incident(None, Kind.EGRESS, room.now))
    room.weigh(claim(1), Reason.INVALID_CREDENTIAL, "revoked")
    ((_, found),) = room.kept
    assert (found.reason, found.message) == (Reason.INVALID_CREDENTIAL, "revoked")


@pytest.mark.parametrize("previous", ["ok", "unreachable", None])
def test_while_our_own_egress_is_down_nobody_is_unreachable(room, previous):
    room.book.adopt(Incident(None, Kind.EGRESS, room.now))
    room.weigh(claim(1, previous=previous), Reason.UNREACHABLE)
    ((_, found),) = room.kept
    assert (found.reason, found.message, found.latency_ms) == (Reason.BLOCKED, NO_EGRESS, None)


def test_when_an_incident_opens_what_waits_for_it_waits_no_more(room):
    for check in range(1, 21):
        room.weigh(claim(check), Reason.PROVIDER_ERROR)
    room.wait(LATEST)
    for one in room.asked[:2]:
        room.weigh(one, Reason.PROVIDER_ERROR)
    room.weigh(claim(30), Reason.PROVIDER_ERROR)
    assert [(change.incident.api, change.opened) for change in room.told] == [("ebay", True)]
    assert room.doubt.empty, "the latest was kept at once"
    assert all(found.message.startswith(DEGRADED) for _, found in room.kept[1:])
