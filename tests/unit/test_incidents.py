"""Many failing alike: replayed hours of large, small and smallest installations."""

import pytest

from supervisor.incidents import Heard, Incident, Kind, Policy, Sign, sign
from tests.helpers.hearsay import SIX, Story, down, play
from workers.wire import Reason

WELL, LIMITED, FAILING, UNREACHABLE = Sign.WELL, Sign.LIMITED, Sign.FAILING, Sign.UNREACHABLE
POLICY = Policy()


@pytest.fixture
def story():
    return Story()


def test_one_tenant_that_fails_is_a_credential_however_long(story):
    play(story, SIX, range(30), 4 * 3600, say=lambda _api, user, _now: UNREACHABLE if user == 7 else WELL)
    assert story.told == []


@pytest.mark.parametrize("as_", [UNREACHABLE, FAILING])
def test_a_provider_that_is_down_for_all_is_one_incident_from_its_beginning_to_its_end(story, as_):
    play(story, SIX, range(100), 3 * 3600, say=down("ebay", since=3600, until=7200, as_=as_))
    assert story.told == ["+outage ebay", "-outage ebay"]
    assert story.users == {"outage ebay": 100}


def test_it_is_told_within_a_dozen_answers_and_over_within_a_minute(story):
    play(story, SIX, range(300), 3600)
    play(story, SIX, range(300), 60, say=down("ebay", since=0))
    assert story.told == ["+outage ebay"]
    play(story, SIX, range(300), 75)
    assert story.told == ["+outage ebay", "-outage ebay"]


def test_two_providers_down_at_once_are_two_outages_and_no_egress(story):
    play(story, SIX, range(50), 3600)
    play(story, SIX, range(50), 3600, say=down("ebay", "stripe", since=0))
    assert sorted(story.told) == ["+outage ebay", "+outage stripe"]


def test_nobody_reachable_is_our_own_egress_and_no_providers_incident(story):
    play(story, SIX, range(50), 3600)
    play(story, SIX, range(50), 1800, say=down(*SIX, since=0))
    assert story.told == ["+egress"]
    assert story.users["egress"] < 50
    play(story, SIX, range(50), 900)
    assert story.told == ["+egress", "-egress"]
    assert story.users["egress"] == 50


def test_an_outage_goes_on_through_an_outage_of_our_own(story):
    play(story, SIX, range(50), 1800)
    play(story, SIX, range(50), 1800, say=down("ebay", since=0))
    play(story, SIX, range(50), 600, say=down(*SIX, since=0))
    play(story, SIX, range(50), 1800, say=down("ebay", since=0))
    play(story, SIX, range(50), 1800)
    assert story.told == ["+outage ebay", "+egress", "-egress", "-outage ebay"]


def test_a_rate_limit_for_most_is_an_incident_of_its_own_kind_and_for_a_few_none(story):
    play(story, SIX, range(50), 3600, say=lambda api, user, _now: LIMITED if api == "groq" and user % 3 == 0 else WELL)
    assert story.told == []
    play(story, SIX, range(50), 3600, say=down("groq", since=0, as_=LIMITED))
    play(story, SIX, range(50), 1800)
    assert story.told == ["+rate_limit groq", "-rate_limit groq"]


def test_documented_refusals_open_nothing_even_for_everybody(story):
    for reason in (Reason.INVALID_CREDENTIAL, Reason.EXPIRED, Reason.ACCOUNT_RESTRICTED, Reason.QUOTA_EXHAUSTED):
        said = sign(reason, asked=True)
        play(story, SIX, range(20), 1800, say=lambda _api, _user, _now, said=said: said)
    assert story.told == []


@pytest.mark.parametrize("reason", Reason)
def test_only_what_a_provider_did_is_evidence(reason):
    said = sign(reason, asked=True)
    ours = {
        Reason.VALID_UNPROBED, Reason.MISSING_FIELDS, Reason.UNDECRYPTABLE, Reason.CORRUPT, Reason.PLAINTEXT,
        Reason.BLOCKED, Reason.CLOCK_SKEW, Reason.UNRECOGNISED, Reason.WORKER_CRASH, Reason.DEADLINE, Reason.QUARANTINED,
    }  # fmt: skip
    assert (said is None) == (reason in ours)
    assert sign(reason, asked=False) is (None if said is WELL else said), "a stored date says nothing of the provider"


def test_the_first_who_answer_do_not_speak_for_all(story):
    """A pass that begins with tenants whose own host is gone is no outage of their provider."""
    story.book.look_after({"ebay": 2000, "groq": 2000})
    for user in range(12):
        story.hear("ebay", user, FAILING)
        story.hear("groq", user, WELL)
    assert story.told == []
    for user in range(12, 16):
        story.hear("ebay", user, WELL)
    assert story.told == [], "twelve of sixteen"
    for user in range(16, 19):
        story.hear("ebay", user, FAILING)
    assert story.told == [], "fifteen of nineteen"
    story.hear("ebay", 19, FAILING)
    assert story.told == ["+outage ebay"]


@pytest.mark.parametrize(
    ("tenants", "enough"), [(1, None), (2, 2), (3, 2), (4, 3), (5, 4), (10, 8), (20, 16), (900, 16)]
)
def test_so_many_of_a_providers_tenants_must_fail_and_nobody_answer(story, tenants, enough):
    """Four of five must have been heard, and four of five of those fail."""
    story.book.look_after({"ebay": tenants})
    for user in range(tenants):
        story.hear("ebay", user, FAILING)
        if story.told:
            break
    assert (user + 1 if story.told else None) == enough


# --- small ones -------------------------------------------------------------------------------------------------------


def test_of_two_tenants_both_make_an_incident_and_one_that_works_again_ends_it(story):
    play(story, ("ebay", "stripe"), (1, 2), 3600)
    play(story, ("ebay", "stripe"), (1, 2), 1800, say=down("ebay", since=0))
    assert story.told == ["+outage ebay"]
    play(
        story,
        ("ebay", "stripe"),
        (1, 2),
        1800,
        say=lambda api, user, _: UNREACHABLE if (api, user) == ("ebay", 2) else WELL,
    )
    assert story.told == ["+outage ebay", "-outage ebay"], "what is left is one tenant's"


def test_who_was_heard_last_is_asked_first(story):
    for api in ("amazon", "groq", "stripe"):
        story.hear(api, 1, WELL)
        story.wait(1)
    story.hear("ebay", 1, UNREACHABLE)
    assert story.book.to_ask() == ("stripe", "groq", "amazon")


# --- no oscillation, and restarts -------------------------------------------------------------------------------------


def test_a_provider_that_answers_every_other_time_opens_nothing(story):
    turns = iter(range(10**6))
    play(
        story,
        SIX,
        range(50),
        4 * 3600,
        say=lambda api, _user, _now: WELL if api != "ebay" or next(turns) % 2 else FAILING,
    )
    assert story.told == []


def test_recovery_that_does_not_last_closes_nothing(story):
    play(story, SIX, range(300), 1800, say=down("ebay", since=0))
    for _ in range(5):
        play(story, SIX, range(300), 25)
        play(story, SIX, range(300), 200, say=down("ebay", since=0))
    assert story.told == ["+outage ebay"]


def test_packets_lost_for_a_day_are_no_egress(story):
    turns = iter(range(10**6))
    play(story, SIX, range(20), 24 * 3600, say=lambda _api, _user, _now: UNREACHABLE if next(turns) % 3 == 0 else WELL)
    assert "+egress" not in story.told


@pytest.mark.parametrize("kind", Kind)
def test_what_an_earlier_process_opened_is_neither_opened_again_nor_forgotten(story, kind):
    api = None if kind is Kind.EGRESS else "ebay"
    story.book.adopt(Incident(api, kind, story.now, known=42))
    bad = LIMITED if kind is Kind.RATE_LIMIT else UNREACHABLE
    failing = SIX if api is None else ("ebay",)
    play(story, SIX, range(50), 1800, say=down(*failing, since=0, as_=bad))
    assert story.told == []
    play(story, SIX, range(50), 1800)
    assert story.told == [f"-{kind}" + (" ebay" if api else "")]
    assert max(story.users.values()) >= 42


def test_an_incident_of_a_provider_that_nobody_uses_any_more_ends_with_the_window(story):
    play(story, SIX, range(20), 1800, say=down("ebay", since=0))
    play(story, ("groq", "openai"), range(20), POLICY.window + 900)
    assert story.told == ["+outage ebay", "-outage ebay"]


def test_what_another_has_closed_takes_no_other_incident_of_that_provider_with_it(story):
    story.book.adopt(Incident("ebay", Kind.OUTAGE, story.now))
    story.book.adopt(Incident("ebay", Kind.RATE_LIMIT, story.now))
    story.wait(POLICY.window - 1)
    for user in range(20):
        story.hear("ebay", user, LIMITED)
    story.book.drop("ebay", Kind.OUTAGE)
    story.wait(POLICY.steady + 1)
    assert list(story.book.open) == [("ebay", Kind.RATE_LIMIT)]
    story.book.drop("ebay", Kind.RATE_LIMIT)
    story.hear("ebay", 1, LIMITED)
    assert story.told == [], "one of twenty, of whom nothing else is remembered"


def test_a_process_that_ends_closes_what_recovers(story):
    play(story, SIX, range(50), 1800, say=down("ebay", since=0))
    for user in range(POLICY.sample - 4):
        story.hear("ebay", user, WELL)
    assert [change.opened for change in story.book.conclude(story.now)] == [False]
    assert story.book.open == {}


@pytest.mark.parametrize(("touched", "heard", "whole", "ends"), [(20, 1, False, False), (20, 1, True, True),
    (20, 10, False, True), (2, 1, False, True), (900, 9, False, False)])  # fmt: skip
def test_a_look_at_a_few_of_many_ends_no_incident(story, touched, heard, whole, ends):
    story.book.adopt(Incident("ebay", Kind.OUTAGE, story.now, known=touched))
    story.now += 1.0
    for user in range(heard):
        story.hear("ebay", user, WELL)
    assert [change.opened for change in story.book.conclude(story.now, whole=whole)] == [False] * ends


def test_memory_is_bounded_however_many_tenants_there_are(story):
    for check in range(15_000):
        story.book.hear(Heard(check, "ebay", check // 3, WELL, story.now, story.now))
    assert len(story.book._tenants["ebay"]._users) == POLICY.sample
    for check in range(1000):
        story.book.hear(Heard(check, "ebay", 1, WELL, story.now, story.now))
    assert len(story.book._tenants["ebay"]._users[1]) <= 16
