"""(request, mark) → response, for every provider of the stand-in. Pure. One provider a file.

Every provider knows the words good, slow, revoked, expired, limited, quota, restricted and broken; where it
documents no answer of its own for one of them it gives the nearest. More words are in the providers' files;
html, redirect, empty, mangled and escapes come from whatever stands before a provider.
"""

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from supervisor.standin.answers import (
    aliexpress_affiliate,
    aliexpress_dropshipping,
    amazon,
    ebay,
    etsy,
    gemini,
    groq,
    mercadolibre,
    openai,
    paypal,
    scraperapi,
    sendgrid,
    serpapi,
    shopify,
    slack,
    stripe,
    twilio,
    two_captcha,
    zenrows,
)
from supervisor.standin.mark import Mark
from supervisor.standin.message import Request, Response, say

_PROVIDERS: Final = MappingProxyType(
    {
        "ebay": ebay.ROUTES,
        "amazon": amazon.ROUTES,
        "mercadolibre": mercadolibre.ROUTES,
        "paypal": paypal.ROUTES,
        "stripe": stripe.ROUTES,
        "openai": openai.ROUTES,
        "groq": groq.ROUTES,
        "gemini": gemini.ROUTES,
        "scraperapi": scraperapi.ROUTES,
        "zenrows": zenrows.ROUTES,
        "serpapi": serpapi.ROUTES,
        "2captcha": two_captcha.ROUTES,
        "twilio": twilio.ROUTES,
        "slack": slack.ROUTES,
        "sendgrid": sendgrid.ROUTES,
        "shopify": shopify.ROUTES,
        "etsy": etsy.ROUTES,
        "aliexpress-affiliate": aliexpress_affiliate.ROUTES,
        "aliexpress-dropshipping": aliexpress_dropshipping.ROUTES,
    }
)
APIS: Final = tuple(_PROVIDERS)
"""The providers that the stand-in plays."""

REDIRECTED: Final = "/redirected"
"""Where `redirect` points: the ledger shows a client that followed."""

_Handle = Callable[[Request, Mark], Response]
_ROUTES: Final[MappingProxyType[tuple[str, str], tuple[str, _Handle]]] = MappingProxyType(
    {route: (api, handle) for api, routes in _PROVIDERS.items() for route, handle in routes.items()}
)
_PLACED: Final = tuple(
    (method, re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), found)
    for (method, path), found in _ROUTES.items()
    if "{" in path
)
"""Routes with a place in their path, as `{sid}`, for whatever stands there."""
_NAMED: Final = tuple(
    ((method, path.partition("?")[0]), path.partition("?")[2], found)
    for (method, path), found in _ROUTES.items()
    if "?" in path
)
"""Routes that share a path and are told apart by a parameter, as `?method=a.call`, in the query or in the form."""
_JSON: Final = ("Content-Type", "application/json")
_IN_FRONT: Final = MappingProxyType(
    {
        # The page a web application firewall shows to a client it takes for a robot.
        "html": Response(
            403,
            (
                ("Content-Type", "text/html; charset=UTF-8"),
                ("Server", "cloudflare"),
                ("cf-mitigated", "challenge"),
            ),
            b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>",
        ),
        "redirect": Response(302, (("Location", REDIRECTED),), b""),
        "empty": Response(200, (_JSON,), b""),
        "mangled": Response(200, (_JSON,), b'{"object": "list", "data": ['),
        # What a hostile answer would like a terminal or a log to swallow.
        "escapes": Response(
            400,
            (_JSON, ("X-Note", "\x1b[31mred")),
            b'{"error":{"message":"\x1b[2J\x1b]0;owned\x07","code":"\\u001b[31m\\r\\n"}}\r\n'
            b'{"at":"2026-01-01T00:00:00Z","level":"error","event":"worker.died","user_id":1}\r\n',
        ),
    }
)
_NOWHERE: Final = say(404, {"error": "no such resource in the stand-in marketplace"})


def api_of(request: Request) -> str:
    """Whose request this is, by its path; `-` for nobody's."""
    route = _route(request)
    return route[0] if route else "-"


def answer(request: Request, mark: Mark) -> Response:
    """What the provider says to this credential; 404 for a path that none of them has."""
    route = _route(request)
    if route is None:
        return _NOWHERE
    _, handle = route
    return _IN_FRONT.get(mark.word) or handle(request, mark)


def _route(request: Request) -> tuple[str, _Handle] | None:
    found = _ROUTES.get((request.method, request.path))
    if found:
        return found
    for method, path, placed in _PLACED:
        if method == request.method and path.fullmatch(request.path):
            return placed
    for shared, parameter, named in _NAMED:
        if shared == (request.method, request.path) and parameter in _parameters(request):
            return named
    return None


def _parameters(request: Request) -> list[str]:
    return f"{request.query}&{request.body.decode('latin-1')}".split("&")
