"""Nobody reachable: our own way out, or one provider's outage."""

import pytest

from supervisor.incidents import Policy, Sign
from tests.helpers.hearsay import SIX, Story, down, play

WELL, FAILING, UNREACHABLE, UNNAMED = Sign.WELL, Sign.FAILING, Sign.UNREACHABLE, Sign.UNNAMED
POLICY = Policy()
TWENTY = tuple(f"provider{at:02}" for at in range(20))


@pytest.fixture
def story():
    return Story()


def test_a_single_tenant_never_makes_a_providers_incident_but_loses_its_egress(story):
    play(story, SIX, (1,), 3600, say=down("ebay", since=0))
    assert story.told == []
    play(story, SIX, (1,), 3600, say=down(*SIX, since=0))
    assert story.told == ["+egress"]


def test_where_there_is_only_one_provider_its_outage_is_believed(story):
    play(story, ("ebay",), range(5), 3600)
    play(story, ("ebay",), range(5), 3600, say=down("ebay", since=0))
    assert story.told == ["+outage ebay"]


def test_of_two_providers_both_in_vain_are_our_egress(story):
    play(story, ("ebay", "stripe"), range(3), 3600)
    play(story, ("ebay", "stripe"), range(3), 3600, say=down("ebay", "stripe", since=0))
    assert story.told == ["+egress"]


def test_of_six_providers_two_in_vain_are_not(story):
    play(story, SIX, (1,), 3599)
    for api in ("ebay", "stripe"):
        story.hear(api, 1, UNREACHABLE, confirmed=False)
    story.wait(600)
    assert story.told == []
    story.hear("groq", 1, UNREACHABLE, confirmed=False)
    assert story.told == ["+egress"]


def test_a_provider_that_cannot_be_asked_does_not_count_among_those_there_are(story):
    for api in ("ebay", "stripe", "serpapi"):
        story.book.expect(api)
    story.book.mute("serpapi")
    story.book.expect("serpapi")
    story.hear("ebay", 1, UNREACHABLE)
    story.hear("stripe", 1, UNREACHABLE)
    story.wait(POLICY.silence)
    assert story.told == ["+egress"]


def test_silence_of_less_than_five_seconds_is_none(story):
    for api in SIX:
        story.hear(api, 1, UNREACHABLE)
    story.wait(POLICY.silence - 1)
    story.hear("ebay", 1, FAILING)
    story.wait(600)
    assert story.told == [], "an error of a provider's is an answer too"


def test_a_provider_that_has_been_down_for_long_is_no_witness_of_our_egress(story):
    story.hear("groq", 1, WELL)
    story.wait(10)
    story.hear("ebay", 1, UNREACHABLE, fresh=False)
    story.hear("stripe", 1, UNREACHABLE)
    story.wait(600)
    assert story.told == []


# --- which word is still missing --------------------------------------------------------------------------------------


def test_an_outage_waits_for_another_providers_word_but_not_for_ever(story):
    for api in ("ebay", "stripe"):
        story.book.expect(api)
    for user in (1, 2):
        story.hear("ebay", user, UNREACHABLE)
    assert story.told == []
    assert story.book.undecided("ebay", UNREACHABLE, story.now)
    assert story.book.to_ask() == ("stripe",)
    story.wait(POLICY.patience)
    assert story.told == ["+outage ebay"]


def test_another_providers_word_decides_at_once(story):
    story.book.expect("stripe")
    for user in (1, 2):
        story.hear("ebay", user, UNREACHABLE)
    story.wait(1)
    assert story.told == []
    story.hear("stripe", 1, WELL)
    assert story.told == ["+outage ebay"]
    assert not story.book.undecided("ebay", UNREACHABLE, story.now - 1)


def test_dead_name_servers_are_our_egress_though_open_connections_still_answer(story):
    play(story, SIX, range(50), 3600)
    story.told.clear()
    play(story, SIX, range(50), 3600, say=down(*SIX[1:], since=0, as_=UNNAMED))
    assert story.told == ["+egress"], "amazon is asked so often that its connections stay open"
    play(story, SIX, range(50), 1800)
    assert story.told == ["+egress", "-egress"]


@pytest.mark.parametrize(("tenants", "minutes"), [(20, 15), (50, 6), (100, 3), (500, 1)])
def test_a_provider_whose_own_names_are_gone_is_its_outage_while_it_lasts(story, tenants, minutes):
    play(story, SIX, range(tenants), 1800)
    play(story, SIX, range(tenants), minutes * 60, say=down("ebay", since=0, as_=UNNAMED))
    assert story.told == ["+outage ebay"]
    play(story, SIX, range(tenants), 1800)
    assert story.told == ["+outage ebay", "-outage ebay"]


@pytest.mark.parametrize(("as_", "others_say"), [(UNNAMED, WELL), (UNNAMED, None), (UNREACHABLE, None)])
def test_an_outage_is_believed_a_minute_after_it_began_however_often_it_is_told_again(story, as_, others_say):
    for api in SIX:
        story.book.expect(api)
    for user in range(POLICY.sample):
        story.hear("ebay", user, as_)
        if others_say is not None:
            story.hear("amazon", user, others_say)
        story.wait(POLICY.patience / POLICY.sample)
    assert story.told == ["+outage ebay"]


def test_a_name_that_is_missing_is_decided_when_too_few_are_left_that_may_lack_theirs(story):
    play(story, SIX, (1,), 3600)
    began = story.now
    for api in ("amazon", "groq"):
        story.wait(1)
        story.hear(api, 1, WELL)
    assert story.book.undecided("ebay", UNNAMED, began)
    story.hear("openai", 1, WELL)
    assert not story.book.undecided("ebay", UNNAMED, began), "three are left, and it would take four"


def test_a_few_providers_without_names_among_many_that_answer_are_their_outages(story):
    """They may share a host, or a zone."""
    play(story, TWENTY, range(5), 1800)
    play(story, TWENTY, range(5), 1800, say=down(*TWENTY[:3], since=0, as_=UNNAMED))
    assert sorted(story.told) == [f"+outage {api}" for api in TWENTY[:3]]


@pytest.mark.parametrize("tenants", [1, 5, 20])
def test_soon_after_names_are_found_again_it_is_over(story, tenants):
    play(story, TWENTY, range(tenants), 1800)
    play(story, TWENTY, range(tenants), 1800, say=down(*TWENTY[1:], since=0, as_=UNNAMED))
    assert story.told == ["+egress"]
    play(story, TWENTY, range(tenants), 2 * POLICY.patience)
    assert story.told == ["+egress", "-egress"]


@pytest.mark.parametrize("tenants", [1, 10, 50])
def test_however_seldom_providers_are_asked_it_lasts_as_long_as_names_are_missing(story, tenants):
    play(story, SIX, range(tenants), 3600)
    play(story, SIX, range(tenants), 4 * 3600, say=down(*SIX[1:], since=0, as_=UNNAMED))
    assert story.told == ["+egress"]


def test_the_next_one_touches_whom_it_touches(story):
    for first in (1, 101):
        for user, api in enumerate(SIX[1:], first):
            story.hear(api, user, UNNAMED)
        story.wait(POLICY.silence)
        assert story.users["egress"] == len(SIX) - 1
        story.wait(1)
        for api in SIX:
            story.hear(api, 1000, WELL)
        story.wait(POLICY.steady)
    assert story.told == ["+egress", "-egress"] * 2


def test_names_that_were_lost_one_at_a_time_are_nobodys_egress(story):
    play(story, SIX, (1,), 3600)
    for api in SIX[1:]:
        story.hear(api, 1, UNNAMED, confirmed=False)
        story.wait(POLICY.patience / 2)
        story.hear("amazon", 1, WELL)
        story.wait(POLICY.patience / 2 + 1)
    story.wait(600)
    assert story.told == []
