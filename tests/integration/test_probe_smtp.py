"""A log-in at a mail server: one AUTH over TLS and a QUIT, with the same guards as an HTTP exchange."""

from time import monotonic

import pytest

from tests.helpers.mail import Post, unsealed
from tests.helpers.misbehave import serving
from tests.helpers.probing import probing
from tests.helpers.tls import authority
from workers.probe import Timings
from workers.provider import Endpoint, Login
from workers.secret import Secret
from workers.verdict import Failure, Reply, Trouble
from workers.wire import Phase

USER, PASSWORD = "alice@example.test", "a canary that sings pässwörd"
ENDPOINT = Endpoint("SMTP", "smtp://{host}:{port}", "nothing is sent")


def log_in(post, *, tls=False, host="127.0.0.1", user=USER, password=PASSWORD, within=5.0, stamps=None, **settings):
    """What comes of one log-in at a server of its own; also the server."""
    context = authority().server("127.0.0.1", "mx.example") if tls else None
    with serving(post, tls=context) as server, probing(**settings) as prober:
        login = Login(host, server.port, Secret(user), Secret(password), ENDPOINT, implicit_tls=tls)
        stamp = (lambda _phase: None) if stamps is None else stamps.append
        answered = prober.login(login, api="email", deadline=monotonic() + within, stamp=stamp)
    return answered, server


@pytest.mark.parametrize("tls", [False, True], ids=["starttls", "implicit"])
def test_user_and_password_go_over_tls_and_no_mail_is_begun(tls) -> None:
    post, stamps = Post(), []
    answered, _ = log_in(post, tls=tls, stamps=stamps)
    assert isinstance(answered, Reply)
    assert (answered.status, answered.headers["stage"], answered.body) == (235, "auth", b"2.7.0 Accepted")
    words = [line.split()[0] for line in post.heard]
    assert words == ["EHLO", *([] if tls else ["STARTTLS", "EHLO"]), "AUTH", "QUIT"]
    assert unsealed(post.heard[-2]) == [USER, PASSWORD]
    assert stamps == [Phase.CONNECT, Phase.PROBE]


def test_a_server_that_only_knows_login_is_answered_challenge_by_challenge() -> None:
    post = Post(hello=b"250-mx\r\n250-starttls\r\n250 auth=login\r\n")
    answered, _ = log_in(post)
    assert isinstance(answered, Reply)
    assert answered.status == 235
    assert post.heard[3] == "AUTH LOGIN"
    assert len(post.heard) == 7


def test_a_password_too_long_for_one_line_waits_for_the_challenge() -> None:
    post = Post()
    answered, _ = log_in(post, password="x" * 2000)
    assert isinstance(answered, Reply)
    assert answered.status == 235
    assert post.heard[3] == "AUTH PLAIN"


def test_a_password_is_never_sent_unencrypted() -> None:
    post = Post(hello=b"250-mx\r\n250 AUTH PLAIN LOGIN\r\n")
    answered, _ = log_in(post)
    assert isinstance(answered, Reply)
    assert answered.headers["lacks"] == "starttls"
    assert post.heard == ["EHLO [127.0.0.1]", "QUIT"]


def test_a_refused_starttls_ends_it() -> None:
    post = Post(starttls=b"454 4.7.0 TLS not available\r\n")
    answered, _ = log_in(post)
    assert isinstance(answered, Reply)
    assert (answered.status, answered.headers["stage"]) == (454, "starttls")
    assert not [line for line in post.heard if line.startswith("AUTH")]


def test_what_is_slipped_in_before_tls_is_not_believed() -> None:
    post = Post(starttls=b"220 Go\r\n250-mx\r\n250 AUTH PLAIN\r\n")
    assert log_in(post)[0] == Failure(Trouble.MALFORMED)
    assert not [line for line in post.heard if line.startswith("AUTH")]


def test_a_server_without_plain_and_login_gets_no_password() -> None:
    post = Post(hello=b"250-mx\r\n250-STARTTLS\r\n250 AUTH XOAUTH2 CRAM-MD5\r\n")
    answered, _ = log_in(post)
    assert isinstance(answered, Reply)
    assert answered.headers["lacks"] == "mechanism"


def test_a_refusal_of_many_lines_is_read_whole() -> None:
    answered, _ = log_in(Post(answer=b"535-5.7.8 Username and Password not accepted.\r\n535 5.7.8  see - gsmtp\r\n"))
    assert isinstance(answered, Reply)
    assert answered.status == 535
    assert answered.body == b"5.7.8 Username and Password not accepted.\n5.7.8  see - gsmtp"


def test_a_greeting_that_is_no_welcome_is_the_answer() -> None:
    answered, _ = log_in(Post(greeting=b"421 4.7.0 Try again later, closing connection.\r\n"))
    assert isinstance(answered, Reply)
    assert (answered.status, answered.headers["stage"]) == (421, "connect")


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Trouble.MALFORMED),
        (b"220-one\r\n221 other\r\n", Trouble.MALFORMED),
        (b"\x16\x03\x01\x02\n", Trouble.MALFORMED),
        (b"220 x" * 20_000, Trouble.TOO_LARGE),
        (b"220-more\r\n" * 10_000, Trouble.TOO_LARGE),
    ],
)
def test_what_is_no_smtp_is_malformed_or_too_large(said, trouble) -> None:
    assert log_in(Post(greeting=said))[0] == Failure(trouble)


def test_a_break_at_any_step_is_a_reset() -> None:
    at_once = log_in(lambda peer: peer.reset())[0]
    assert at_once in (Failure(Trouble.RESET), Failure(Trouble.CONNECT)), "who is slow meets it while still connecting"
    assert log_in(lambda peer: peer.send(b"220 half"))[0] == Failure(Trouble.RESET)


def test_a_trickle_does_not_outlive_the_deadline() -> None:
    started = monotonic()
    assert log_in(lambda peer: peer.trickle(b"220 " + b"x" * 1000), within=0.3)[0] == Failure(Trouble.TIMEOUT)
    assert monotonic() - started < 6.0  # it would take 20


@pytest.mark.parametrize("tls", [False, True], ids=["starttls", "implicit"])
def test_a_certificate_for_another_name_gets_no_password(tls) -> None:
    post = Post()
    answered, _ = log_in(post, tls=tls, host="other.example", resolve=lambda _host: ["127.0.0.1"])
    assert answered == Failure(Trouble.TLS)
    assert not [line for line in post.heard if line.startswith("AUTH")]


def test_a_name_is_checked_while_the_address_is_pinned() -> None:
    answered, _ = log_in(Post(), host="mx.example.", resolve=lambda _host: ["127.0.0.1"])
    assert isinstance(answered, Reply)
    assert answered.status == 235


def test_a_private_address_is_refused_as_for_http() -> None:
    answered, server = log_in(Post(), allow_private=False)
    assert (answered, server.connections) == (Failure(Trouble.FORBIDDEN_ADDRESS), 0)


@pytest.mark.parametrize(
    "bad", [{"host": "a b"}, {"host": "a\r\nb"}, {"host": ""}, {"user": "a\0b"}, {"password": "\ud800"}]
)
def test_fields_that_make_no_log_in_call_nobody(bad) -> None:
    answered, server = log_in(Post(), **bad)
    assert (answered, server.connections) == (Failure(Trouble.BAD_REQUEST), 0)


@pytest.mark.parametrize("tls", [False, True], ids=["smtp", "smtps"])
def test_a_base_url_replaces_host_port_and_kind_of_tls(tls) -> None:
    post = Post()
    context = authority().server("127.0.0.1") if tls else None
    with serving(post, tls=context) as server:
        base = f"smtp{'s' if tls else ''}://127.0.0.1:{server.port}"
        with probing(base_urls={"email": base}) as prober:
            timings = Timings()
            login = Login("smtp.gmail.com", 465, Secret(USER), Secret(PASSWORD), ENDPOINT)
            answered = prober.login(
                login, api="email", deadline=monotonic() + 5, stamp=lambda _phase: None, timings=timings
            )
    assert isinstance(answered, Reply)
    assert (answered.status, timings.host) == (235, f"127.0.0.1:{server.port}")
    assert None not in (timings.resolve, timings.connect, timings.tls, timings.first_byte, timings.body)


def test_a_base_url_of_another_protocol_leads_nowhere() -> None:
    with serving(Post()) as server, probing(base_urls={"email": f"http://127.0.0.1:{server.port}"}) as prober:
        login = Login("smtp.gmail.com", 465, Secret(USER), Secret(PASSWORD), ENDPOINT)
        answered = prober.login(login, api="email", deadline=monotonic() + 5, stamp=lambda _phase: None)
    assert isinstance(answered, Failure)
    assert server.connections == 0


def test_nothing_a_log_in_leaves_behind_shows_the_password() -> None:
    answered, _ = log_in(Post(answer=f"535 {PASSWORD}\r\n".encode()))
    login = Login("h", 25, Secret(USER), Secret(PASSWORD), ENDPOINT)
    assert PASSWORD not in repr(answered) + repr(login)
