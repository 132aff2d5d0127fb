"""Nobody reachable: our own way out, or one provider's outage."""

import pytest

from supervisor.incidents import Policy, Sign
from tests.helpers.hearsay import SIX, Story, down, play

WELL, FAILING, UNREACHABLE, UNNAMED = Sign.WELL, Sign.FAILING, Sign.UNREACHABLE, Sign.UNNAMED
POLICY = Policy()


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


def test_a_provider_whose_own_names_are_gone_is_its_outage(story):
    play(story, SIX, range(50), 3600)
    play(story, SIX, range(50), 1800, say=down("ebay", since=0, as_=UNNAMED))
    play(story, SIX, range(50), 3600)
    assert story.told == ["+outage ebay", "-outage ebay"]


def test_names_that_were_lost_one_at_a_time_are_nobodys_egress(story):
    play(story, SIX, (1,), 3600)
    for api in SIX[1:]:
        story.hear(api, 1, UNNAMED, confirmed=False)
        story.wait(POLICY.patience / 2)
        story.hear("amazon", 1, WELL)
        story.wait(POLICY.patience / 2 + 1)
    story.wait(600)
    assert story.told == []
