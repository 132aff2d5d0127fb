"""TLS: whom the probe trusts, and that the name is kept while the address is pinned."""

import ssl
from contextlib import suppress

import pytest

from tests.helpers.misbehave import answering, serving
from tests.helpers.probing import ask, probing
from tests.helpers.tls import Authority, authority
from workers.probe import NoTrustedCAError, tls_context
from workers.verdict import Failure, Reply, Trouble


def local(_host: str) -> list[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize("names", [("api.example.test",), ("*.example.test",)], ids=["exact", "wildcard"])
def test_the_certificate_is_checked_against_the_name_while_the_address_is_pinned(names) -> None:
    with serving(answering(), tls=authority().server(*names)) as server, probing(resolve=local) as prober:
        assert isinstance(ask(prober, server.url(host="api.example.test")), Reply)
        assert ask(prober, server.url(host="other.test")) == Failure(Trouble.TLS)
    assert server.served_names == ["api.example.test", "other.test"]
    assert f"\r\nHost: api.example.test:{server.port}\r\n".encode() in server.requests[0]
    assert len(server.requests) == 1


def test_a_certificate_may_name_an_address() -> None:
    with serving(answering(), tls=authority().server("127.0.0.1")) as server, probing() as prober:
        assert isinstance(ask(prober, server.url()), Reply)


@pytest.mark.parametrize(
    "context",
    [
        lambda: authority().server("127.0.0.1", expired=True),
        lambda: Authority("a stranger").server("127.0.0.1"),
        lambda: authority().server("localhost"),
    ],
    ids=["expired", "untrusted", "another-name"],
)
def test_a_certificate_that_proves_nothing_gets_no_request(context) -> None:
    with serving(answering(), tls=context()) as server, probing() as prober:
        assert ask(prober, server.url()) == Failure(Trouble.TLS)
    assert (server.connections, server.requests) == (1, [])


def test_a_server_that_speaks_only_an_old_tls_is_refused() -> None:
    context = authority().server("127.0.0.1")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with serving(answering(), tls=context) as server, probing() as prober:
        assert ask(prober, server.url()) == Failure(Trouble.TLS)


def test_a_server_that_wants_a_client_certificate_is_a_tls_trouble() -> None:
    context = authority().server("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED

    def refuses_after_the_clients_own_handshake_is_done(peer) -> None:
        with context.wrap_socket(peer.sock, server_side=True, do_handshake_on_connect=False) as secured:
            with suppress(ssl.SSLError):
                secured.do_handshake()
            peer.hang()

    refusing = refuses_after_the_clients_own_handshake_is_done
    with serving(refusing, tls=context, handshake=False) as server, probing() as prober:
        assert ask(prober, server.url()) == Failure(Trouble.TLS)


@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\n\r\n", b"", b"\x15\x03\x01\x00\x02\x02\x28"])
def test_a_server_that_speaks_no_tls_is_a_tls_trouble(said) -> None:
    plain = lambda peer: peer.sock.recv(9999) and peer.send(said)  # noqa: E731
    with serving(plain, tls=authority().server("127.0.0.1"), handshake=False) as server, probing() as prober:
        assert ask(prober, server.url()) == Failure(Trouble.TLS)


def test_the_workers_context_trusts_the_bundle_that_the_environment_names(tmp_path, monkeypatch) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(authority().pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    context = tls_context()
    assert context.cert_store_stats()["x509_ca"] == 1
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    trusted = authority().server("127.0.0.1")
    with serving(answering(), tls=trusted) as server, probing(ssl_context=context) as prober:
        assert isinstance(ask(prober, server.url()), Reply)


def test_a_certificate_directory_is_read_before_a_sandbox_could_close_it(tmp_path, monkeypatch) -> None:
    (tmp_path / "ca-certificates.crt").write_text(authority().pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert tls_context().cert_store_stats()["x509_ca"] == 1


def test_a_system_without_any_certificate_is_told_so(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with pytest.raises(NoTrustedCAError, match="install ca-certificates"):
        tls_context()
