"""An answer that may be a blip is asked again; what may be our own egress waits for a second opinion."""

import pytest

from supervisor.assess import Found
from supervisor.incidents import Book, Incident, Kind
from supervisor.schedule import Claim
from supervisor.service.doubt import DEGRADED, NO_EGRESS, Doubt, Effects, Policy
from workers.wire import Reason

POLICY = Policy()
LATEST = POLICY.again_after + POLICY.spread
BAD = [Reason.UNREACHABLE, Reason.PROVIDER_ERROR]
DOCUMENTED = sorted(set(Reason) - set(BAD))


class Room:
    """A doubt with its effects as lists; `others` are the claims there are to pull forward, by api."""

    def __init__(self):
        self.now = 1000.0
        self.kept, self.asked, self.told, self.pulled = [], [], [], []
        self.book = Book()
        self.doubt = Doubt(self.book, Effects(self._keep, self.asked.append, self.told.append, self._pull))

    def _keep(self, claim, found):
        self.kept.append((claim, found))

    def _pull(self, apis, claim):
        self.pulled.append((apis, claim.check))

    def weigh(self, claim, reason, message="no answer", **facts):
        self.doubt.weigh(claim, Found(reason, message, **({"latency_ms": 100} | facts)), self.now)

    def wait(self, seconds, step=0.25):
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + step)
            self.doubt.turn(self.now)

    @property
    def reasons(self):
        return [(claim.check, found.reason) for claim, found in self.kept]


def claim(check, api="ebay", previous="ok", user=None, **facts):
    return Claim(check, check + 100, user or check, api, "production", "", 0.0, previous=previous, **facts)


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


# --- second opinions --------------------------------------------------------------------------------------------------


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
