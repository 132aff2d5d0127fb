"""ScraperAPI: the figures of an account. The key comes in the query; refusals are plain text."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say


def _account(used: int) -> Response:
    # docs.scraperapi.com/account-information; the whole object is in public logs.
    figures = {
        "burst": 0,
        "concurrencyLimit": 20,
        "concurrentRequests": 0,
        "failedRequestCount": 1337,
        "requestCount": used,
        "requestLimit": 100000,
    }
    return say(200, figures)


def _text(status: int, words: str) -> Response:
    return Response(status, (("Content-Type", "text/plain; charset=utf-8"),), words.encode())


_ACCOUNT: Final = _account(6655)
# Public collections of live answers to /account.
_REFUSED: Final = _text(401, "Unauthorized request, please make sure your API key is valid.")
_ANSWERS: Final = MappingProxyType(
    {
        "revoked": _REFUSED,
        "expired": _REFUSED,
        "quota": _account(100000),
        # The rest: docs.scraperapi.com, API Status Codes.
        "restricted": _text(403, "You have used up all your API credits."),
        "limited": _text(429, "You are sending requests too fast, and exceeding your concurrency limit."),
        "broken": _text(500, "Request failed. You will not be charged for this request."),
    }
)


def _figures(_request: Request, mark: Mark) -> Response:
    return _ANSWERS.get(mark.word, _ACCOUNT)


ROUTES: Final = MappingProxyType({("GET", "/account"): _figures})
