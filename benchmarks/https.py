"""What does a probe over https cost in CPU, on a new connection and on one kept alive, against a naive urllib3?

One thread against a stand-in with a certificate of RSA-2048; the naive client is `urllib3.PoolManager()` with nothing
set, as most programs have it. Both trust the system's certificate authorities and one more. Best of several rounds.
"""

import os
import ssl
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from setting import machine, verdict

from supervisor.standin import StandIn
from workers.probe import Prober, tls_context
from workers.provider import Request
from workers.secret import Secret
from workers.verdict import Reply

_ROUNDS = 7
_HEADERS = {"Authorization": "Bearer sk-demo-good-u1-0123456789abcdef", "Accept": "application/json"}


def main() -> None:
    machine()
    with tempfile.TemporaryDirectory() as directory:
        certificate, key = certified(Path(directory))
        trusted = Path(directory, "trusted.pem")
        trusted.write_text(system_authorities() + certificate.read_text())
        os.environ["SSL_CERT_FILE"] = str(trusted)  # read by whoever makes a default context from here on
        with StandIn(certificate=certificate, key=key) as market:
            fresh_ms, kept_ms = measured(f"{market.base_url}/v1/models")
    verdict("CPU ms of a probe on a new connection", fresh_ms, 1.3, at_most=True)
    verdict("CPU ms of a probe on a connection kept alive", kept_ms, 0.35, at_most=True)


def measured(url: str) -> tuple[float, float]:
    context = tls_context()  # one for a worker's life
    naive = urllib3.PoolManager()

    def naively(headers: dict[str, str]) -> None:
        assert naive.request("GET", url, headers=headers).status == 200

    rows = (
        ("new connection", probing(url, context, kept=0), lambda: naively(_HEADERS | {"Connection": "close"}), 20),
        ("kept alive", probing(url, context, kept=64), lambda: naively(_HEADERS), 500),
    )
    figures = []
    print("                  probe ms  naive PoolManager ms  ratio")
    for name, ours, theirs, times in rows:
        probe_ms, naive_ms = cheapest(ours, times * 10 if times < 100 else times), cheapest(theirs, times)
        print(f"{name:16} {probe_ms:9.3f} {naive_ms:21.3f} {probe_ms / naive_ms:6.2f}", flush=True)
        figures.append(probe_ms)
    machine()
    return figures[0], figures[1]


def probing(url: str, context: ssl.SSLContext, *, kept: int) -> Callable[[], None]:
    """A probe by a prober that keeps so many connections alive."""
    prober = Prober(
        connect_timeout=5, total_timeout=15, max_body_bytes=262_144, allow_private=True, base_urls={}, pool_size=kept,
        ssl_context=context,
    )  # fmt: skip
    request = Request("GET", url, headers={"Authorization": Secret(_HEADERS["Authorization"])})

    def probe() -> None:
        reply = prober.exchange(request, api="openai", deadline=time.monotonic() + 15, stamp=lambda _: None)
        assert isinstance(reply, Reply)
        assert reply.status == 200

    return probe


def cheapest(call: Callable[[], None], times: int) -> float:
    """CPU in ms of one call, kernel time included: the best round, since neighbours only ever make it dearer."""
    call()
    rounds = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        for _ in range(times):
            call()
        rounds.append((time.process_time() - began) / times)
    return min(rounds) * 1000


def certified(directory: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in of a benchmark")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = directory / "certificate.pem", directory / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private


def system_authorities() -> str:
    """The system's bundle: reading it anew is what a naive client pays for."""
    context = ssl.create_default_context()
    found = context.get_ca_certs(binary_form=True)
    assert found, "this system has no certificate authorities: install ca-certificates"
    return "".join(ssl.DER_cert_to_PEM_cert(one) for one in found)


if __name__ == "__main__":
    main()
