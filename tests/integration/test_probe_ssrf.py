"""The bypass list: whatever a tenant stores or a foreign name server answers, no private socket is ever connected to."""

import re
import socket
from contextlib import contextmanager
from time import monotonic
from urllib.parse import urlsplit

import pytest

from tests.helpers.dialogue import hold
from tests.helpers.documented import CASES, FIELDS, PROBED
from tests.helpers.misbehave import saying, serving
from tests.helpers.probing import ask, probing
from workers import providers
from workers.probe import dialer as room
from workers.provider import Endpoint, Login, Request
from workers.secret import Secret
from workers.verdict import Failure, Reply, Trouble

REFUSED = {Trouble.FORBIDDEN_ADDRESS, Trouble.BAD_REQUEST, Trouble.RESOLVE}
ENDPOINT = Endpoint("SMTP", "smtp://{host}:{port}", "nothing is sent")

SPELLINGS = """
127.0.0.1 127.0.0.1. 127.1 127.0.1 127.000.000.001 2130706433 0x7f000001 0x7F.0.0.1 0x7f.1 017700000001 0177.0.0.1
0177.0.0x0.1 0 0.0.0.0 0x0 localhost LOCALHOST localhost. LocalHost
""".split()  # noqa: SIM905 - a list of literals reads worse
BRACKETED = """
[::1] [::] [0:0:0:0:0:0:0:1] [::127.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:1] [::ffff:0:127.0.0.1]
[64:ff9b::127.0.0.1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::] [fd00::1] [fe80::1] [fec0::1] [ff02::1]
[::ffff:169.254.169.254] [fd00:ec2::254] [100::1] [5f00::1]
""".split()  # noqa: SIM905 - a list of literals reads worse
TRICKS = """
x@127.0.0.1 127.0.0.1@127.0.0.1 api.stripe.com@127.0.0.1 127.0.0.1\\@api.stripe.com api.stripe.com\\@127.0.0.1
%31%32%37.0.0.1 127.0.0.1%00 127。0。0。1 ①②⑦.0.0.1 127.0.0.1%2f [::1%25lo] [fe80::1%eth0] [::1 ::1]
127.0.0.1..
""".split()  # noqa: SIM905 - a list of literals reads worse
ANSWERED = """
127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 100.127.255.254 198.18.0.1 224.0.0.1
255.255.255.255 ::1 :: ::ffff:127.0.0.1 ::ffff:a00:1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1::
2002:a9fe:a9fe:: fd00::1 fd00:ec2::254 fe80::1 fe80::1%lo 2001:0:7f00:1:: 192.0.0.170
""".split()  # noqa: SIM905 - a list of literals reads worse


def knocked(listener):
    listener.setblocking(False)
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@contextmanager
def private_port():
    """A listening socket of this host; afterwards nobody may have knocked."""
    dual = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual else socket.AF_INET
    with socket.create_server(("", 0), family=family, dualstack_ipv6=dual) as listener:
        yield listener.getsockname()[1]
        assert not knocked(listener)


def log_in(prober, host, port, *, tls=True):
    login = Login(host, port, Secret("user"), Secret("password"), ENDPOINT, implicit_tls=tls)
    return prober.login(login, api="email", deadline=monotonic() + 5, stamp=lambda _phase: None)


def test_the_private_port_of_these_tests_can_be_knocked_at() -> None:
    with pytest.raises(AssertionError, match="knocked"), private_port() as port, probing() as prober:
        ask(prober, f"http://127.0.0.1:{port}/", within=1.0)


@pytest.mark.parametrize("host", [*SPELLINGS, *BRACKETED, *TRICKS])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_of_a_private_host_is_connected_to(host, scheme) -> None:
    with private_port() as port, probing(allow_private=False) as prober:
        answered = ask(prober, f"{scheme}://{host}:{port}/")
    assert isinstance(answered, Failure)
    assert answered.trouble in REFUSED


@pytest.mark.parametrize("host", [*SPELLINGS, *(host.strip("[]") for host in BRACKETED), *BRACKETED, *TRICKS])
@pytest.mark.parametrize("tls", [False, True], ids=["starttls", "implicit"])
def test_no_spelling_of_a_private_mail_host_is_connected_to(host, tls) -> None:
    with private_port() as port, probing(allow_private=False) as prober:
        answered = log_in(prober, host, port, tls=tls)
    assert isinstance(answered, Failure)
    assert answered.trouble in REFUSED


@pytest.mark.parametrize("address", ANSWERED)
def test_a_name_that_leads_to_a_private_address_is_not_followed(address) -> None:
    with private_port() as port, probing(allow_private=False, resolve=lambda _host: [address]) as prober:
        assert ask(prober, f"http://innocent.example:{port}/") == Failure(Trouble.FORBIDDEN_ADDRESS)
        assert log_in(prober, "innocent.example", port) == Failure(Trouble.FORBIDDEN_ADDRESS)


@pytest.fixture
def only_127_0_0_1_is_public(monkeypatch):
    """Loopback plays the public internet, but for its addresses from 127.0.0.2 on."""
    monkeypatch.setattr(room, "is_public", lambda address: address == "127.0.0.1")


def test_a_name_bound_anew_between_look_up_and_connection_is_asked_for_once(only_127_0_0_1_is_public) -> None:
    asked: list[str] = []

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    said = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    with serving(said) as public, probing(allow_private=False, resolve=rebinding) as prober:
        assert isinstance(ask(prober, public.url(host="evil.example")), Reply)
    assert (asked, public.connections) == (["evil.example"], 1)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_to_a_private_address_is_not_followed(status, only_127_0_0_1_is_public) -> None:
    with private_port() as port:
        location = (
            f"HTTP/1.1 {status} Gone\r\nLocation: http://127.0.0.2:{port}/\r\nRefresh: 0; url=http://127.0.0.2:{port}/"
        )
        said = saying(location.encode() + b"\r\nContent-Length: 0\r\n\r\n")
        with serving(said) as public, probing(allow_private=False) as prober:
            answered = ask(prober, public.url())
        assert public.connections == 1
    assert isinstance(answered, Reply)
    assert answered.status == status


def test_a_proxy_of_the_environment_is_not_taken(monkeypatch) -> None:
    with private_port() as port:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        with probing(allow_private=False, resolve=lambda _host: ["127.0.0.1"]) as prober:
            assert ask(prober, "http://api.example/") == Failure(Trouble.FORBIDDEN_ADDRESS)


@pytest.mark.parametrize("scheme", ["http", "https", "smtp", "smtps"])
def test_a_base_url_is_no_permission(scheme) -> None:
    with private_port() as port:
        base = {"email" if scheme.startswith("smtp") else "stripe": f"{scheme}://127.0.0.1:{port}"}
        with probing(allow_private=False, base_urls=base) as prober:
            found = (
                log_in(prober, "smtp.gmail.com", 465)
                if "email" in base
                else ask(prober, "https://api.stripe.com/v1/balance")
            )
    assert found == Failure(Trouble.FORBIDDEN_ADDRESS)


HOSTILE = (
    "127.0.0.1",
    "localhost",
    "169.254.169.254",
    "evil.example/",
    "evil.example#",
    "evil.example?",
    "evil.example\\",
    "x@evil.example",
    "evil.example:80/x.myshopify.com",
    "x.myshopify.com.evil.example",
    "x.myshopify.com@evil.example",
    "x%2f.evil.example",
    "../../..//evil.example",
    "x\r\nHost: evil.example",
    "x.myshopify.com\x00.evil.example",
    "[::1]",
)


@pytest.mark.parametrize("api", sorted(set(PROBED) - {"email"}))
def test_no_stored_field_leads_a_request_to_another_host(api) -> None:
    provider = providers.find(api)
    hosts = [urlsplit(endpoint.url).netloc for endpoint in provider.endpoints]
    allowed = [re.compile(re.sub(r"\\{\w+\\}", "[a-z0-9-]+", re.escape(host)), re.IGNORECASE) for host in hosts]
    scripts = [case.script for case in CASES if case.api == api]
    for name in (field.name for field in provider.fields):
        for value in HOSTILE:
            for request in requests_with(provider, FIELDS[api] | {name: value}, scripts):
                assert any(pattern.fullmatch(urlsplit(request.url).netloc) for pattern in allowed), (name, value)


def requests_with(provider, fields, scripts):
    for script in scripts[:3]:
        yield from (asked for asked in hold(provider, fields, script * 4).requests if isinstance(asked, Request))


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_mail_host_is_refused_by_the_same_guard(value) -> None:
    """A mail host is the tenant's own: it is the address that is guarded."""
    with private_port() as port, probing(allow_private=False, resolve=lambda _host: ["127.0.0.1"]) as prober:
        answered = log_in(prober, value, port)
    assert isinstance(answered, Failure)
    assert answered.trouble in REFUSED
