"""Which addresses a probe goes to: checked ones alone, whatever the name says the next time."""

import errno
import socket
import threading
from time import monotonic

import pytest

from tests.helpers.misbehave import answering, serving
from tests.helpers.probing import ask, probing
from workers.probe import dialer as room
from workers.probe.address import is_public
from workers.probe.resolve import Resolver
from workers.verdict import Failure, Reply, Trouble

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1
240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd00:ec2::254
ff02::1 2001:db8::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2002:7f00:1::1 2002:a00:1:: 2002:a9fe:a9fe:: 3fff::1
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::808:808 100::1 4000::1
""".split()  # noqa: SIM905 - a list of sixty literals reads worse
PUBLIC = """
1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.167.255.255 198.17.255.255
198.20.0.0 223.255.255.255 2606:4700:4700::1111 2a00:1450:4001::1 2002:808:808:: 64:ff9b::8.8.8.8 ::ffff:8.8.8.8
""".split()  # noqa: SIM905 - a list of sixty literals reads worse


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address) -> None:
    assert not is_public(address)
    with probing(allow_private=False, resolve=lambda _host: [address]) as prober:
        assert ask(prober, "https://api.example.test/") == Failure(Trouble.FORBIDDEN_ADDRESS)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_is_permitted(address) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0"],
)
def test_loopback_is_refused_however_it_is_spelt(host) -> None:
    with serving(answering()) as server, probing(allow_private=False) as prober:
        assert ask(prober, server.url(host=host)) == Failure(Trouble.FORBIDDEN_ADDRESS)
    assert server.connections == 0


def test_a_base_url_to_loopback_needs_the_permission_too() -> None:
    with probing(allow_private=False, base_urls={"stripe": "http://127.0.0.1:9"}) as prober:
        assert ask(prober, "https://api.stripe.com/v1/balance") == Failure(Trouble.FORBIDDEN_ADDRESS)


@pytest.fixture
def only_127_0_0_1_is_public(monkeypatch):
    """Loopback plays the public internet, but for its addresses from 127.0.0.2 on."""
    monkeypatch.setattr(room, "is_public", lambda address: address == "127.0.0.1")


def test_of_mixed_addresses_only_the_permitted_ones_are_tried(only_127_0_0_1_is_public) -> None:
    mixed = ["127.0.0.2", "::1", "127.0.0.1"]
    with serving(answering()) as server, probing(allow_private=False, resolve=lambda _host: mixed) as prober:
        assert isinstance(ask(prober, server.url(host="api.example.test")), Reply)
    assert server.connections == 1


def test_a_host_that_has_lost_one_family_of_addresses_still_reaches_a_provider_of_many() -> None:
    lost = [f"fc00::{number}" for number in range(1, 9)]  # as a name server sorts them: all of one family first
    with serving(answering()) as server, probing(resolve=lambda _host: [*lost, "127.0.0.1"]) as prober:
        assert isinstance(ask(prober, server.url(host="api.example.test")), Reply)
    assert server.connections == 1


def test_a_name_that_is_bound_anew_between_check_and_connection_changes_nothing(only_127_0_0_1_is_public) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    asked: list[str] = []

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return next(answers)

    closing = answering(headers=("Connection: close",))
    with serving(closing) as server, probing(allow_private=False, resolve=rebinding) as prober:
        for _ in range(3):
            assert isinstance(ask(prober, server.url(host="evil.example.test")), Reply)
    assert (server.connections, asked) == (3, ["evil.example.test"])


def test_a_name_bound_anew_to_a_private_address_is_refused_once_it_is_asked_for(
    only_127_0_0_1_is_public, monkeypatch
) -> None:
    from workers.probe import resolve

    monkeypatch.setattr(resolve, "_REMEMBERED_FOR", -1.0)
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    closing = answering(headers=("Connection: close",))
    with serving(closing) as server, probing(allow_private=False, resolve=lambda _host: next(answers)) as prober:
        assert isinstance(ask(prober, server.url(host="evil.example.test")), Reply)
        again = ask(prober, server.url(host="evil.example.test"))
    assert (again, server.connections) == (Failure(Trouble.FORBIDDEN_ADDRESS), 1)


def test_the_next_address_is_tried_when_one_refuses() -> None:
    some = ["127.0.0.9", "::1", "127.0.0.1"]
    with serving(answering()) as server, probing(resolve=lambda _host: some) as prober:
        assert isinstance(ask(prober, server.url(host="api.example.test")), Reply)


NONAME, AGAIN = socket.gaierror(socket.EAI_NONAME, "no such name"), socket.gaierror(socket.EAI_AGAIN, "try again")


@pytest.mark.parametrize("error", [NONAME, UnicodeError("no IDNA label"), None])
def test_a_name_without_address_is_not_resolved(error) -> None:
    def resolve(_host: str) -> list[str]:
        if error:
            raise error
        return []

    with probing(resolve=resolve) as prober:
        assert ask(prober, "http://missing.example.test/") == Failure(Trouble.RESOLVE)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (AGAIN, Trouble.NAMES),
        (OSError("no way to the name server"), Trouble.NAMES),
        (OSError(errno.EMFILE, "too many open files"), Trouble.LOCAL),
        (OSError(errno.ENFILE, "too many open files in the system"), Trouble.LOCAL),
        (socket.gaierror(socket.EAI_MEMORY, "no memory"), Trouble.LOCAL),
    ],
)
def test_a_name_that_could_not_be_looked_up_is_told_apart(error, trouble) -> None:
    def resolve(_host: str) -> list[str]:
        raise error

    with probing(resolve=resolve) as prober:
        assert ask(prober, "http://api.example.test/") == Failure(trouble)


def test_the_systems_resolver_finds_localhost() -> None:
    resolver = Resolver()
    assert set(resolver.addresses("localhost", deadline=monotonic() + 5)) & {"127.0.0.1", "::1"}
    resolver.close()


def test_those_who_want_the_same_name_share_one_lookup() -> None:
    asked, release, results = [], threading.Event(), []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        release.wait(5)
        return ["192.0.2.1", "192.0.2.2", "192.0.2.1"]

    resolver = Resolver(resolve)
    wait = lambda: results.append(resolver.addresses("a.test", deadline=monotonic() + 5))  # noqa: E731
    threads = [threading.Thread(target=wait) for _ in range(64)]
    for thread in threads:
        thread.start()
    release.set()
    for thread in threads:
        thread.join()
    assert (asked, results) == (["a.test"], [("192.0.2.1", "192.0.2.2")] * 64)
    assert resolver.addresses("a.test", deadline=monotonic()) == ("192.0.2.1", "192.0.2.2")
    resolver.close()


def test_with_all_threads_stuck_each_caller_leaves_at_its_deadline_and_nothing_piles_up() -> None:
    stuck, release, asked = threading.Semaphore(0), threading.Event(), []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        stuck.release()
        release.wait(10)
        return ["192.0.2.1"]

    resolver = Resolver(resolve, threads=2)
    for n in range(2):
        assert resolver.addresses(f"dead{n}.test", deadline=monotonic() + 0.05) is Trouble.NAMES
        assert stuck.acquire(timeout=5)
    for n in range(50):
        assert resolver.addresses(f"waiting{n}.test", deadline=monotonic() + 0.001) is Trouble.LOCAL
    release.set()
    assert resolver.addresses("alive.test", deadline=monotonic() + 5) == ("192.0.2.1",)
    assert asked == ["dead0.test", "dead1.test", "alive.test"]
    resolver.close()


def test_a_thread_that_cannot_be_had_is_no_name_without_an_address(monkeypatch) -> None:
    """One that could be had serves on; where there is none it is our own trouble, and over when there is one."""
    resolver = Resolver(lambda _host: ["192.0.2.1"], threads=2)
    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", _refused)
        for _ in range(3):
            with pytest.raises(RuntimeError):
                resolver.addresses("a.test", deadline=monotonic() + 5)
    assert resolver.addresses("a.test", deadline=monotonic() + 5) == ("192.0.2.1",)
    resolver.close()


def test_without_a_second_thread_the_first_looks_up_everything(monkeypatch) -> None:
    begun, release = threading.Event(), threading.Event()

    def resolve(host: str) -> list[str]:
        begun.set()
        release.wait(5)
        return ["192.0.2.1"]

    resolver = Resolver(resolve, threads=2)
    first = threading.Thread(target=lambda: resolver.addresses("first.test", deadline=monotonic() + 5))
    first.start()
    assert begun.wait(5)
    monkeypatch.setattr(threading.Thread, "start", _refused)
    assert resolver.addresses("second.test", deadline=monotonic()) is Trouble.LOCAL
    release.set()
    assert resolver.addresses("second.test", deadline=monotonic() + 5) == ("192.0.2.1",)
    first.join()
    resolver.close()


def _refused(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
