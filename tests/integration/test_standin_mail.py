"""The stand-in's mail server, asked by the real probe; and the stand-in as a command of its own."""

import os
import shutil
import signal
import smtplib
import subprocess
import sys
import tomllib
from pathlib import Path
from time import monotonic

import pytest

from supervisor.errors import Fatal
from supervisor.standin import StandIn
from supervisor.standin.answers.email import REPLIES
from supervisor.standin.certificate import make
from tests.helpers.dialogue import NOW, PRODUCTION
from tests.helpers.probing import probing
from tests.helpers.tls import authority
from workers import providers
from workers.probe import tls_context
from workers.provider import Context
from workers.secret import Secret
from workers.wire import Reason

ROOT = Path(__file__).parents[2]
REASONS = {
    "good": Reason.OK,
    "slow": Reason.OK,
    "revoked": Reason.INVALID_CREDENTIAL,
    "expired": Reason.INVALID_CREDENTIAL,
    "exim": Reason.INVALID_CREDENTIAL,
    "exchange": Reason.INVALID_CREDENTIAL,
    "apppassword": Reason.INVALID_CREDENTIAL,
    "browser": Reason.BLOCKED,
    "disabled": Reason.ACCOUNT_RESTRICTED,
    "restricted": Reason.ACCOUNT_RESTRICTED,
    "nobody": Reason.PROVIDER_ERROR,
    "nopasswords": Reason.ACCOUNT_RESTRICTED,
    "limited": Reason.RATE_LIMITED,
    "quota": Reason.RATE_LIMITED,
    "broken": Reason.PROVIDER_ERROR,
    "closing": Reason.PROVIDER_ERROR,
    "nostarttls": Reason.UNRECOGNISED,
    "escapes": Reason.UNRECOGNISED,
    "drop": Reason.UNREACHABLE,
    "badgzip": Reason.PROVIDER_ERROR,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command here")
    return make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusting(files):
    context = authority().client()
    context.load_verify_locations(files[0])
    return context


@pytest.fixture(scope="module")
def shop(files):
    with StandIn(certificate=files[0], key=files[1]) as running:
        yield running


def judged(url, password, context=None, *, port="587"):
    provider = providers.find("email")
    stored = {
        "host": "smtp.gmail.com",
        "port": port,
        "user": "a@b.example",
        "password": password,
        "from": "a@b.example",
    }
    conversation = provider.converse({k: Secret(v) for k, v in stored.items()}, Context(PRODUCTION, NOW, {}))
    more = {"ssl_context": context} if context else {}
    with probing(base_urls={"email": url}, **more) as prober:
        login = next(conversation)
        answered = prober.login(login, api="email", deadline=monotonic() + 5, stamp=lambda _phase: None)
    with pytest.raises(StopIteration) as end:
        conversation.send(answered)
    return end.value.value


def test_every_word_of_the_mail_server_is_tried_here() -> None:
    assert set(REPLIES) <= set(REASONS)


@pytest.mark.parametrize("word", REASONS)
def test_what_the_mail_server_says_is_understood(word, shop, trusting) -> None:
    verdict = judged(shop.mail_url, f"demo-{word}-alice", trusting)
    assert verdict.reason is REASONS[word]
    assert "alice" not in verdict.message


def test_over_tls_from_the_start_it_says_the_same(shop, trusting) -> None:
    assert judged(shop.secure_mail_url, "demo-good-bob", trusting, port="465").reason is Reason.OK
    assert judged(shop.secure_mail_url, "unknown", trusting).reason is Reason.INVALID_CREDENTIAL


def test_a_mail_server_without_a_certificate_gets_no_password() -> None:
    with StandIn() as plain:
        verdict = judged(plain.mail_url, "demo-good-carol")
        assert (verdict.reason, verdict.rule) == (Reason.UNRECOGNISED, "EHLO without STARTTLS")
        assert plain.ledger() == ()


def test_the_ledger_has_the_log_in_and_would_have_a_mail(shop, trusting) -> None:
    shop.clear()
    judged(shop.mail_url, "demo-good-dora", trusting)
    assert [tuple(seen) for seen in shop.ledger()] == [("email", "AUTH", "PLAIN", "demo-good-dora", 1)]
    with smtplib.SMTP("127.0.0.1", int(shop.mail_url.rpartition(":")[2])) as client:
        client.ehlo()
        client.docmd("MAIL", "FROM:<a@b.example>")
    assert ("email", "MAIL", "-", "-", 1) in [tuple(seen) for seen in shop.ledger()]


def test_login_challenge_by_challenge_is_played_too(shop, trusting) -> None:
    with smtplib.SMTP("127.0.0.1", int(shop.mail_url.rpartition(":")[2])) as client:
        client.starttls(context=trusting)
        client.ehlo()
        client.user, client.password = "a@b.example", "demo-revoked-eve"
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.auth("LOGIN", client.auth_login)
    assert refused.value.smtp_code == 535


def test_a_throw_away_certificate_is_trusted_as_the_worker_trusts(files, shop, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    assert judged(shop.mail_url, "demo-good-finn", tls_context()).reason is Reason.OK
    assert files[1].stat().st_mode & 0o777 == 0o600


def test_without_openssl_the_cure_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Fatal, match="openssl"):
        make(tmp_path)


@pytest.mark.parametrize("options", [(), ("--tls",)])
def test_the_command_prints_the_configuration_and_plays_until_it_is_stopped(options, files) -> None:
    command = [sys.executable, "-m", "supervisor.standin", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        lines = [running.stdout.readline() for _ in range(3 if options else 2)]
        while not lines[-1].startswith('base_url = "smtp://'):
            lines.append(running.stdout.readline())
        told = tomllib.loads("".join(lines))
        assert told["probe"]["allow_private"] is True
        assert told["providers"]["stripe"]["base_url"].startswith("https://" if options else "http://")
        if options:
            bundle = lines[0].rpartition("=")[2].strip()
            context = authority().client()
            context.load_verify_locations(bundle)
            assert judged(told["providers"]["email"]["base_url"], "demo-good-gail", context).reason is Reason.OK
        os.kill(running.pid, signal.SIGTERM)
        assert running.wait(10) == 0
    assert not options or not Path(bundle).exists()


def test_the_command_refuses_half_a_pair() -> None:
    command = [sys.executable, "-m", "supervisor.standin", "--certificate", "x.pem"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "go together" in done.stderr) == (2, True)
