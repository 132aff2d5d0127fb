from tests.helpers.dialogue import answer, header, hold, shown
from workers.providers.gemini import PROVIDER


def test_the_key_goes_in_its_header_and_never_in_the_query():
    (request,) = hold(PROVIDER, {"apiKey": "AIzaSecret"}, [answer(200, {"models": []})]).requests
    assert request.url == "https://generativelanguage.googleapis.com/v1beta/models"
    assert header(request, "x-goog-api-key") == "AIzaSecret"
    assert {name: shown(value) for name, value in request.query.items()} == {"pageSize": "1"}
