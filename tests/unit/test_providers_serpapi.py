from tests.helpers.dialogue import answer, hold, shown
from tests.helpers.documented.serpapi import CASES, FIELDS
from workers.providers.serpapi import PROVIDER
from workers.wire import Reason


def test_the_account_is_asked_for_and_never_a_search():
    dialogue = hold(PROVIDER, FIELDS, [CASES[0].reply])
    (request,) = dialogue.requests
    assert (request.method, request.url) == ("GET", "https://serpapi.com/account.json")
    assert {name: shown(value) for name, value in request.query.items()} == {"api_key": FIELDS["apiKey"]}
    assert FIELDS["apiKey"] not in repr(request)


def test_too_many_requests_is_not_taken_for_an_empty_account():
    refused = answer(429, {"error": "Your account has run out of searches."}, {"retry-after": "60"})
    assert hold(PROVIDER, FIELDS, [refused]).verdict.reason is Reason.RATE_LIMITED


def test_what_may_be_a_deleted_account_is_said_in_words_and_held_against_nobody():
    verdict = hold(PROVIDER, FIELDS, [answer(403, {"error": "Forbidden"})]).verdict
    assert verdict.reason is Reason.UNRECOGNISED
    assert "account still exists" in verdict.message
