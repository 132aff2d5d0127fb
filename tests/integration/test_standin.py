"""The stand-in marketplace over real sockets: each misbehaviour is what it says, and nothing outlives its parent."""

import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from supervisor.errors import Fatal
from supervisor.standin import StandIn
from tests.helpers.tls import _common_name, _name, authority

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shop():
    with StandIn() as running:
        yield running


@pytest.fixture
def line(shop):
    with socket.create_connection(("127.0.0.1", shop.port), timeout=30) as connection:
        yield connection


def head(word, path="/v1/balance"):
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_demo-{word}\r\n\r\n".encode()


def whole(line):
    """Everything until the server hangs up."""
    received = bytearray()
    while data := line.recv(1 << 20):
        received += data
    return bytes(received)


def gone(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def eventually(condition, within=30.0):
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.005)


def fetch(shop, word, **kwargs):
    with urllib3.PoolManager(retries=False) as pool:
        return pool.request(
            "GET",
            f"{shop.base_url}/v1/balance",
            headers={"Authorization": f"Bearer sk_test_demo-{word}"},
            redirect=False,
            timeout=30,
            **kwargs,
        )


def test_one_connection_serves_many_requests_of_many_providers(line) -> None:
    for path in ("/v1/balance", "/v1/models", "/openai/v1/models", "/users/me"):
        line.sendall(head("good-a", path))
        assert line.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


def test_two_requests_in_one_packet_are_both_answered(line) -> None:
    line.sendall(head("good-a") + head("revoked-a").replace(b"Host: x", b"Host: x\r\nConnection: close"))
    answers = whole(line)
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 401 Unauthorized" in answers


def test_a_body_in_pieces_is_read_whole(line) -> None:
    body = b"grant_type=refresh_token&refresh_token=demo-good-pieces"
    request = b"POST /identity/v1/oauth2/token HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body)
    for piece in (request[:10], request[10:], body[:30], body[30:]):
        line.sendall(piece)
    assert b"demo-good-pieces" in line.recv(65536)


def test_the_ledger_counts_by_provider_path_and_mark(shop, line) -> None:
    shop.clear()
    for word in ("good-lou", "good-lou", "revoked-lou"):
        line.sendall(head(word))
        line.recv(65536)
    assert {(seen.api, seen.path, seen.mark, seen.times) for seen in shop.ledger()} == {
        ("stripe", "/v1/balance", "demo-good-lou", 2),
        ("stripe", "/v1/balance", "demo-revoked-lou", 1),
    }


def test_an_arrival_is_told_while_its_answer_still_waits(shop, line) -> None:
    assert not shop.arrived("demo-slow-9000ms-olga", within=0.05)
    line.sendall(head("slow-9000ms-olga"))
    assert shop.arrived("demo-slow", within=30)
    line.setblocking(False)
    with pytest.raises(BlockingIOError):
        line.recv(65536)


def test_a_slow_answer_takes_as_long_as_was_asked_for(line) -> None:
    started = time.monotonic()
    line.sendall(head("slow-400ms"))
    assert line.recv(65536).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - started >= 0.4


def test_latency_is_added_to_every_answer() -> None:
    with StandIn(latency_s=0.2) as slow:
        started = time.monotonic()
        assert fetch(slow, "good").status == 200
        assert time.monotonic() - started >= 0.2


def test_a_trickle_keeps_giving_single_bytes(line) -> None:
    line.sendall(head("trickle"))
    pieces = [line.recv(65536) for _ in range(4)]
    assert b"Content-Length: 100000" in pieces[0]
    assert pieces[2:] == [b" ", b" "]


def test_a_reset_breaks_the_body_off_with_rst(line) -> None:
    line.sendall(head("reset"))
    with pytest.raises(ConnectionResetError):
        whole(line)


def test_a_drop_closes_without_a_byte(line) -> None:
    line.sendall(head("drop"))
    assert whole(line) == b""


def test_huge_is_64_mib(line) -> None:
    line.sendall(head("huge"))
    received = 0
    while data := line.recv(1 << 20):
        received += len(data)
    assert received > 64 << 20


def test_a_gzip_bomb_is_small_on_the_line_and_64_mib_unpacked(line) -> None:
    line.sendall(head("gzipbomb"))
    packed = whole(line).partition(b"\r\n\r\n")[2]
    assert len(packed) < 100_000
    unpack = zlib.decompressobj(31)
    assert len(unpack.decompress(packed)) == 64 << 20
    assert unpack.eof


def test_a_bad_gzip_body_cannot_be_unpacked(shop) -> None:
    with pytest.raises(urllib3.exceptions.DecodeError):
        fetch(shop, "badgzip")


def test_garbage_is_no_http(shop) -> None:
    with pytest.raises(urllib3.exceptions.ProtocolError):
        fetch(shop, "garbage")


def test_endless_headers_are_refused_by_a_client(shop) -> None:
    with pytest.raises(urllib3.exceptions.ProtocolError, match="headers"):
        fetch(shop, "headers")


def test_a_hang_answers_nothing_and_ends_with_its_client(shop, line) -> None:
    line.sendall(head("hang-zoe"))
    assert shop.arrived("demo-hang-zoe", within=30)
    line.settimeout(0.2)
    with pytest.raises(TimeoutError):
        line.recv(1)


def test_a_redirect_is_seen_in_the_ledger_only_when_followed(shop) -> None:
    shop.clear()
    assert fetch(shop, "redirect").status == 302
    assert "/redirected" not in {seen.path for seen in shop.ledger()}


def test_an_empty_body_and_escapes_arrive_as_they_are(shop) -> None:
    assert fetch(shop, "empty").data == b""
    assert b"\x1b[2J" in fetch(shop, "escapes").data


def test_noise_on_a_connection_harms_nobody_else(shop, line) -> None:
    line.sendall(b"\x16\x03\x01\x00\xff\r\n\r\n")
    assert whole(line) == b""
    assert fetch(shop, "good").status == 200


def test_sixty_four_connections_are_served_side_by_side(shop) -> None:
    lines = [socket.create_connection(("127.0.0.1", shop.port), timeout=30) for _ in range(64)]
    started = time.monotonic()
    for line in lines:
        line.sendall(head("slow-300ms"))
    assert all(line.recv(65536).startswith(b"HTTP/1.1 200") for line in lines)
    assert time.monotonic() - started < 64 * 0.3 / 2, "one after the other takes twice as long"
    for line in lines:
        line.close()


def test_it_is_gone_after_the_with_block_and_says_so() -> None:
    with StandIn() as shop:
        pid = shop.pid
        assert shop.base_url == f"http://127.0.0.1:{shop.port}"
    assert gone(pid)
    shop.stop()
    with pytest.raises(Fatal, match="stand-in marketplace is gone"):
        shop.ledger()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A key and a certificate for 127.0.0.1, signed by the test run's authority, as PEM files."""
    key, signer = ec.generate_private_key(ec.SECP256R1()), authority()
    made = signer._certificate(_common_name("stand-in"), key.public_key(), expired=False)
    made = made.add_extension(x509.SubjectAlternativeName([_name("127.0.0.1")]), critical=False)
    certificate = made.sign(signer._key, hashes.SHA256()).public_bytes(Encoding.PEM)
    directory = tmp_path_factory.mktemp("tls")
    (directory / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (directory / "certificate.pem").write_bytes(certificate)
    return directory / "certificate.pem", directory / "key.pem"


def test_over_tls_it_is_trusted_by_its_authority_alone(files) -> None:
    certificate, key = files
    asked = {"headers": {"Authorization": "Bearer sk_live_demo-good"}, "retries": False, "timeout": 5}
    with StandIn(certificate=certificate, key=key) as shop:
        assert shop.base_url.startswith("https://127.0.0.1:")
        with urllib3.PoolManager(ssl_context=authority().client()) as trusting:
            assert trusting.request("GET", f"{shop.base_url}/v1/balance", **asked).status == 200
            asked["headers"] = {"Authorization": "Bearer sk_live_demo-reset"}
            with pytest.raises(urllib3.exceptions.ProtocolError):
                trusting.request("GET", f"{shop.base_url}/v1/balance", **asked)
        with urllib3.PoolManager() as strange, pytest.raises(urllib3.exceptions.SSLError):
            strange.request("GET", f"{shop.base_url}/v1/balance", **asked)


def test_a_certificate_that_is_none_is_a_clear_error(tmp_path, capfd) -> None:
    (tmp_path / "no.pem").write_text("nothing", encoding="ascii")
    with pytest.raises(Fatal, match="did not start"):
        StandIn(certificate=tmp_path / "no.pem", key=tmp_path / "no.pem")
    assert "SSL" in capfd.readouterr().err


def test_it_dies_with_a_parent_that_is_killed() -> None:
    program = (
        "from supervisor.standin import StandIn; s = StandIn(); print(s.pid, flush=True); import signal; signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
        parent.wait()
        eventually(lambda: gone(pid))


def test_an_interrupt_at_the_terminal_is_left_to_its_owner(shop) -> None:
    os.kill(shop.pid, signal.SIGINT)
    assert fetch(shop, "good").status == 200


def test_its_environment_and_its_arguments_hold_nothing_of_ours(shop) -> None:
    assert Path(f"/proc/{shop.pid}/environ").read_bytes().split(b"=")[0] == b"PYTHONPATH"
    assert b"KEY" not in Path(f"/proc/{shop.pid}/environ").read_bytes()
