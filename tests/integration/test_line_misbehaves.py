"""Every probed provider over a line that misbehaves: never an exception, never held against the tenant."""

import gzip
from dataclasses import dataclass
from time import monotonic

import pytest

from tests.helpers.dialogue import NOW, PRODUCTION
from tests.helpers.documented import FIELDS, PROBED
from tests.helpers.mail import Post
from tests.helpers.misbehave import answering, nobody_listening, saying, serving
from tests.helpers.probing import probing
from tests.helpers.tls import Authority, authority
from workers import providers
from workers.provider import Context, Login
from workers.secret import Secret
from workers.wire import Reason

CAP = 4096
OK = b"HTTP/1.1 200 OK\r\n"
JSON = b"Content-Type: application/json\r\n"
PAGE = b"<!DOCTYPE html><title>Welcome to the hotel</title>"
HTML = ("Content-Type: text/html",)
SLACK = 5.0  # for a busy machine; the lines without an end would take 8 s and more


@dataclass(frozen=True)
class Line:
    """`http` and `mail` are what a server does with a connection; `within` is the whole time of a check."""

    reason: Reason
    http: object
    mail: object = None
    within: float = 5.0
    tls: object = None


def resets(peer):
    peer.request()
    peer.send(OK + JSON + b"Content-Length: 20\r\n\r\n{")
    peer.reset()


def trickles(peer):
    peer.request()
    peer.trickle(OK + JSON + b"Content-Length: 400\r\n\r\n" + b" " * 400)


def hangs(peer):
    peer.request()
    peer.hang()


def floods(head, unit):
    def flood(peer):
        peer.request()
        peer.send(head)
        peer.flood(unit)

    return flood


def packed(body):
    return answering(body, headers=("Content-Encoding: gzip", "Content-Type: application/json"))


def greets(unit):
    return lambda peer: peer.flood(unit)


def other_name():
    return authority().server("somebody.else.example")


def a_stranger():
    return Authority("a stranger").server("127.0.0.1")


def expired():
    return authority().server("127.0.0.1", expired=True)


LINES = {
    "closed at once": Line(Reason.UNREACHABLE, lambda peer: peer.request(), lambda _peer: None),
    "reset at once": Line(Reason.UNREACHABLE, lambda peer: peer.reset(), lambda peer: peer.reset()),
    "reset in the body": Line(Reason.UNREACHABLE, resets, lambda peer: (peer.send(b"220-half\r\n22"), peer.reset())),
    "half a head": Line(Reason.UNREACHABLE, saying(OK + b"Content-Le"), lambda peer: peer.send(b"220")),
    "half a body": Line(
        Reason.UNREACHABLE,
        saying(OK + JSON + b'Content-Length: 99\r\n\r\n{"a": '),
        lambda peer: peer.send(b"220 hi\r\n250-x\r\n25"),
    ),
    "a trickle": Line(Reason.UNREACHABLE, trickles, lambda peer: peer.trickle(b"220 " + b"x" * 400), within=0.2),
    "nothing at all": Line(Reason.UNREACHABLE, hangs, lambda peer: peer.hang(), within=0.2),
    "oversize": Line(Reason.PROVIDER_ERROR, floods(OK + JSON + b"\r\n", b" " * 1000), greets(b"220-more and more\r\n")),
    "a length beyond all": Line(
        Reason.PROVIDER_ERROR, saying(OK + b"Content-Length: 99999999999\r\n\r\n{}"), greets(b"2" * 999)
    ),
    "a gzip bomb": Line(Reason.PROVIDER_ERROR, packed(gzip.compress(bytes(1_000_000)))),
    "gzip that is none": Line(Reason.PROVIDER_ERROR, packed(b"not gzip at all")),
    "interim replies without end": Line(Reason.PROVIDER_ERROR, floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    "headers without end": Line(Reason.PROVIDER_ERROR, floods(OK, b"X-Filler: 1\r\n")),
    "another protocol": Line(
        Reason.PROVIDER_ERROR, saying(b"220 mail.example ESMTP\r\n\r\n"), lambda peer: peer.send(OK + b"\r\n{}")
    ),
    "no HTTP at all": Line(
        Reason.PROVIDER_ERROR, saying(b"\x00\xff\x1b[31m\r\n\r\n"), lambda peer: peer.send(b"\x00\xff\n")
    ),
    "empty": Line(Reason.PROVIDER_ERROR, answering(b"")),
    "nothing, with 204": Line(Reason.PROVIDER_ERROR, saying(b"HTTP/1.1 204 No Content\r\n\r\n")),
    "broken JSON": Line(Reason.PROVIDER_ERROR, answering(b'{"object": "list", "data": [')),
    "no object": Line(Reason.PROVIDER_ERROR, answering(b"null")),
    "JSON of a depth": Line(Reason.PROVIDER_ERROR, answering(b'{"a":' + b"[" * 2000)),
    "a portal's page": Line(Reason.BLOCKED, answering(PAGE, headers=HTML)),
    "a firewall's page": Line(Reason.BLOCKED, answering(PAGE, status="403 Forbidden", headers=HTML)),
    "a proxy that wants a login": Line(
        Reason.BLOCKED, answering(PAGE, status="407 Proxy Authentication", headers=HTML)
    ),
    "an error page": Line(Reason.PROVIDER_ERROR, answering(PAGE, status="503 Unavailable", headers=HTML)),
    "a redirect": Line(
        Reason.UNRECOGNISED, answering(b"", status="302 Found", headers=("Location: https://127.0.0.1:1/",))
    ),
    "an empty 401": Line(Reason.UNRECOGNISED, answering(b"", status="401 Unauthorized")),
    "an empty 403": Line(Reason.UNRECOGNISED, answering(b"", status="403 Forbidden")),
    "an empty 429": Line(Reason.RATE_LIMITED, answering(b"", status="429 Too Many Requests")),
    "a certificate of another name": Line(Reason.UNREACHABLE, answering(), Post(), tls=other_name),
    "a certificate of a stranger": Line(Reason.UNREACHABLE, answering(), Post(), tls=a_stranger),
    "a certificate that is over": Line(Reason.UNREACHABLE, answering(), Post(), tls=expired),
}


def judged(api, line):
    """The verdict on a whole conversation over such a line, and how long it took."""
    handler, scheme = (line.mail, "smtp") if api == "email" else (line.http, "http")
    context = line.tls() if line.tls else None
    with serving(handler, tls=context) as server:
        base = f"{scheme}{'s' if context else ''}://127.0.0.1:{server.port}"
        with probing(base_urls={api: base}, max_body_bytes=CAP) as prober:
            started = monotonic()
            return _converse(api, prober, started + line.within), monotonic() - started


def _converse(api, prober, deadline):
    provider = providers.find(api)
    fields = {name: Secret(value) for name, value in FIELDS[api].items()}
    context = Context(PRODUCTION, NOW, {})
    assert provider.validate is None or provider.validate(fields, context) is None
    conversation = provider.converse(fields, context)
    answered = None
    while True:
        try:
            request = conversation.send(answered)
        except StopIteration as end:
            return end.value
        send = prober.login if isinstance(request, Login) else prober.exchange
        answered = send(request, api=api, deadline=deadline, stamp=lambda _phase: None)


@pytest.mark.parametrize(
    ("name", "api"), [(name, api) for name, line in LINES.items() for api in PROBED if api != "email" or line.mail]
)
def test_a_line_that_misbehaves_has_the_contracts_verdict(name, api) -> None:
    line = LINES[name]
    verdict, took = judged(api, line)
    assert verdict.reason is line.reason
    assert took < line.within + SLACK
    assert verdict.message.isprintable()


@pytest.mark.parametrize("api", PROBED)
def test_a_port_where_nobody_listens_is_unreachable(api) -> None:
    with nobody_listening() as port:
        base = f"{'smtp' if api == 'email' else 'http'}://127.0.0.1:{port}"
        with probing(base_urls={api: base}) as prober:
            assert _converse(api, prober, monotonic() + 5).reason is Reason.UNREACHABLE
