from tests.helpers.dialogue import answer, hold
from workers.providers.scraperapi import PROVIDER
from workers.secret import Secret
from workers.wire import Reason


def told(used, limit):
    return hold(PROVIDER, {"apiKey": "k"}, [answer(200, {"requestCount": used, "requestLimit": limit})]).verdict


def test_the_key_is_a_secret_in_the_query_of_an_encrypted_request():
    (request,) = hold(PROVIDER, {"apiKey": "secret-key"}, [answer(200, {})]).requests
    assert request.url == "https://api.scraperapi.com/account"
    assert isinstance(request.query["api_key"], Secret)
    assert "secret-key" not in request.url + repr(request)


def test_a_count_at_its_limit_is_said_in_words_and_held_against_nobody():
    below, at = told(999, 1000), told(1000, 1000)
    assert below.reason is at.reason is Reason.OK
    assert "credits" in at.message
    assert "credits" not in below.message
