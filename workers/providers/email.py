"""A mail account, sent from over SMTP: proved by a log-in (AUTH), and nothing sent.

Probe     EHLO, STARTTLS (port 465: TLS from the start, RFC 8314 section 3.3), AUTH PLAIN or LOGIN, QUIT; no MAIL FROM.
          Read-only and free. Host and port are the tenant's, so only the ports of mail are called: 25, 465, 587, 2525.
          Any other is validated and not probed, or whoever may save a credential could have other services called.
          A password never goes over a line without TLS.
Limits    Gmail refuses about a hundred log-ins in quick succession (454, below); hence two at once and one more each
          half hour for a user at a host, and after an answer half an hour to an hour of rest, spread. Servers shut out
          an address from which five log-ins an hour fail (catalyst2.com, common SMTP errors), be they of several users:
          a password that was refused rests for two to four hours, unless it is saved anew.

Answers a verdict rests on (code and RFC 3463 status of the answer to AUTH, but for 421)
  235                            ok: RFC 4954 section 4
  535 5.7.8                      refused: RFC 4954 section 6; Gmail's "Username and Password not accepted" too
  535 5.7.8 "Connection lost to authentication server", "generic failure"   Postfix, whose Dovecot or saslauthd does not
          answer: its own trouble, the password was not looked at (live, neomutt 2690, docker-mailserver 1436)
  535 5.7.8 "no mechanism available", "Invalid authentication mechanism"   Postfix, whose SASL lacks the mechanism: the
          same (live, bigbluebutton/greenlight 2422, corecode/dma 68, splitbrain/dokuwiki-plugin-smtp 65)
  535 5.7.3                      refused: Exchange, [MS-SMTPNTLM] 2.2.1.4; Exchange Online also while SMTP AUTH is off
  535 Incorrect authentication … refused: Exim, which gives no status (live answers, PHPMailer/PHPMailer 1375)
  534 5.7.9 "Application-…"      Gmail, account with 2-step verification: wants an app password (live answers)
  534 5.7.14 "… web browser"     Gmail distrusts the address that logs in (live answers, gogs/docs 241): it is ours
  525 5.7.13                     account disabled: IANA registry of SMTP Enhanced Status Codes
  535 5.7.139 "SmtpClient…"      Exchange Online: SMTP AUTH is off (live, MicrosoftDocs/OfficeDocs-Exchange 3124)
  550 5.7.30                     Exchange Online: no password is taken any more (Exchange team blog, 2024 to 2026)
  454 4.7.0 "Too many login …"   Gmail throttles; the password is not judged (nodemailer/nodemailer 1388)
  421 4.7.0 "Try again later, …" Gmail throttles at the greeting (support.google.com/a/answer/3726730)
  other 421, 4xx                 a passing trouble of the server: RFC 5321 section 4.2.1; 454: RFC 4954 section 6
Unverified, hence unrecognised: any other 5xx, such as the other texts of 535 5.7.139 or a bare 535.
Servers may echo the user's name; no text of theirs is ever repeated.
"""

import re
from dataclasses import replace
from typing import Final
from zlib import crc32

from workers.provider import Budget, Context, Conversation, Endpoint, Field, Fields, Login, Provider
from workers.verdict import Answered, Failure, Reply, Verdict, of_failure, unrecognised
from workers.wire import Reason

_HALF_HOUR: Final = 1800
_REFUSED_RESTS_S: Final = 7200
_IMPLICIT_TLS: Final = 465
_PROBED: Final = frozenset({25, _IMPLICIT_TLS, 587, 2525})
_PORT_MAX: Final = 65_535
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
_AUTH: Final = "RFC 4954 section 6"
_GMAIL: Final = "support.google.com/a/answer/3726730 (Gmail SMTP errors and codes)"

_LOGIN: Final = Endpoint(
    "SMTP",
    "smtp://{host}:{port}",
    "AUTH proves a user and changes nothing; no mail transaction is begun (RFC 4954 section 4)",
    Budget("log-ins", per=_HALF_HOUR, burst=2, by=("host", "user"), source="Gmail throttles log-ins: nodemailer 1388"),
)

_OK: Final = Verdict(Reason.OK, "the mail server lets the user in", rule="235 to AUTH", source="RFC 4954 section 4")
_CURE: Final = (
    "the mail server refuses user and password; save the present ones (with Gmail or Exchange an app password)"
)
_REFUSED: Final = Verdict(Reason.INVALID_CREDENTIAL, _CURE, rule="535 5.7.8", source=_AUTH)
_REFUSED_BY_EXCHANGE: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Exchange refuses user and password; save the present ones, and see that SMTP AUTH is on for the mailbox",
    rule="535 5.7.3",
    source="[MS-SMTPNTLM] 2.2.1.4",
)
_REFUSED_BY_EXIM: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    _CURE,
    rule="535 Incorrect authentication data",
    source="live answers of Exim, PHPMailer/PHPMailer 1375",
)
_APP_PASSWORD: Final = Verdict(
    Reason.INVALID_CREDENTIAL,
    "Gmail wants an app password in place of the account's own; make one and save it",
    rule="534 5.7.9 Application-specific password required",
    source="live answers, kmhmubin/Face-Recognition-Attendance-System 46; " + _GMAIL,
)
_BROWSER: Final = Verdict(
    Reason.BLOCKED,
    "Gmail distrusts log-ins from this host's address; sign in once with a browser, or save an app password",
    rule="534 5.7.14 log in via your web browser",
    source="live answers, gogs/docs 241",
)
_DISABLED: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "the mail account is disabled; have its administrator enable it",
    rule="525 5.7.13",
    source="IANA SMTP Enhanced Status Codes, X.7.13",
)
_AUTH_OFF: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "the organisation has SMTP AUTH turned off in Exchange Online; have its administrator turn it on for the mailbox",
    rule="535 5.7.139 SmtpClientAuthentication is disabled",
    source="live answers, MicrosoftDocs/OfficeDocs-Exchange 3124; aka.ms/smtp_auth_disabled",
)
_NO_PASSWORDS: Final = Verdict(
    Reason.ACCOUNT_RESTRICTED,
    "Exchange Online takes no password for SMTP any more; send by OAuth or another service",
    rule="550 5.7.30",
    source="Exchange team blog, retirement of Basic auth for Client Submission",
)
_THROTTLED: Final = Verdict(
    Reason.RATE_LIMITED,
    "the mail server asks for fewer log-ins; it is asked again later",
    rule="454 4.7.0 Too many login attempts",
    source="live answers, nodemailer/nodemailer 1388",
)
_BUSY: Final = replace(_THROTTLED, rule="421 4.7.0 Try again later, closing connection", source=_GMAIL)
_OUR_ADDRESS: Final = Verdict(
    Reason.BLOCKED,
    "the mail server refuses this host's address; look at its reputation or use another way out",
    rule="421 4.7.0 originating from your IP address",
    source=_GMAIL,
)
_PASSING: Final = Verdict(
    Reason.PROVIDER_ERROR,
    "the mail server reports a passing trouble of its own",
    rule="4xx",
    source="RFC 5321 section 4.2.1; " + _AUTH,
)
_NOBODY_TO_ASK: Final = replace(
    _PASSING,
    rule="535 5.7.8 Connection lost to authentication server, generic failure",
    source="live answers, neomutt/neomutt 2690, docker-mailserver/docker-mailserver 1436",
)
_NO_WAY_TO_ASK: Final = replace(
    _PASSING,
    rule="535 5.7.8 no mechanism available, Invalid authentication mechanism",
    source="live answers, bigbluebutton/greenlight 2422, corecode/dma 68, splitbrain/dokuwiki-plugin-smtp 65",
)
_NO_TLS: Final = Verdict(
    Reason.UNRECOGNISED,
    "the mail server offers no STARTTLS, and no password is sent unencrypted; save port 465 or another server",
    rule="EHLO without STARTTLS",
    source="RFC 8314 section 3",
)
_NO_MECHANISM: Final = Verdict(
    Reason.UNRECOGNISED,
    "the mail server takes no user and password (AUTH PLAIN or LOGIN); nothing is concluded from it",
    rule="EHLO without AUTH PLAIN or LOGIN",
    source="RFC 4954 section 3",
)
_ANY: Final = "any"
_ANSWERS: Final = (  # code, status, words; verdict
    (235, _ANY, "", _OK),
    (535, "5.7.8", "Connection lost to authentication server", _NOBODY_TO_ASK),
    (535, "5.7.8", "authentication failed: generic failure", _NOBODY_TO_ASK),
    (535, "5.7.8", "authentication failed: no mechanism available", _NO_WAY_TO_ASK),
    (535, "5.7.8", "authentication failed: Invalid authentication mechanism", _NO_WAY_TO_ASK),
    (535, "5.7.8", "", _REFUSED),
    (535, "5.7.3", "", _REFUSED_BY_EXCHANGE),
    (535, "", "Incorrect authentication data", _REFUSED_BY_EXIM),
    (535, "5.7.139", "SmtpClientAuthentication is disabled", _AUTH_OFF),
    (534, "5.7.9", "Application-specific password required", _APP_PASSWORD),
    (534, "5.7.14", "log in via your web browser", _BROWSER),
    (525, "5.7.13", "", _DISABLED),
    (550, "5.7.30", "", _NO_PASSWORDS),
)
_BAD_PORT: Final = Verdict(Reason.MISSING_FIELDS, "the stored port is no number from 1 to 65535; save it again")
_OTHER_PORT: Final = Verdict(
    Reason.VALID_UNPROBED, "the stored fields are complete; of mail servers only ports 25, 465, 587 and 2525 are called"
)


def _validate(fields: Fields, context: Context) -> Verdict | None:  # noqa: ARG001 - the shape of a validator
    port = _port(fields)
    if port is None:
        return _BAD_PORT
    return None if port in _PROBED else _OTHER_PORT


def _port(fields: Fields) -> int | None:
    text = fields["port"].reveal().strip()
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(_PORT_MAX)):
        return None
    return int(text) if 0 < int(text) <= _PORT_MAX else None


def _converse(fields: Fields, context: Context) -> Conversation:
    port = _port(fields)
    assert port is not None
    host = fields["host"].reveal().strip()
    answered = yield Login(host, port, fields["user"], fields["password"], _LOGIN, port == _IMPLICIT_TLS)
    verdict = _judge(answered)
    passing = isinstance(answered, Failure) or verdict.reason is Reason.PROVIDER_ERROR  # that may be a blip
    return verdict if verdict.waiting or passing else _rested(verdict, context.now)


def _rested(verdict: Verdict, now: float) -> Verdict:
    """Not again for a while and up to twice as long, so that accounts saved together are not all called together."""
    rest = _REFUSED_RESTS_S if verdict.reason is Reason.INVALID_CREDENTIAL else _HALF_HOUR
    return replace(verdict, again_at=now + rest + crc32(repr(now).encode()) % rest)


def _judge(answered: Answered) -> Verdict:
    match answered:
        case Failure():
            return of_failure(answered)
        case Reply(headers={"lacks": "starttls"}):
            return _NO_TLS
        case Reply(headers={"lacks": "mechanism"}):
            return _NO_MECHANISM
        case Reply(headers={"stage": str(stage)}):
            text = answered.body.decode("utf-8", "replace")
            said = _refused(answered.status, text) if stage == "auth" else None
            return said or _passing(answered.status, text)
        case _:
            return unrecognised()


def _refused(code: int, text: str) -> Verdict | None:
    """What an answer to AUTH says of the account."""
    status = _STATUS.match(text)
    spoken = " ".join(text.split())  # Gmail breaks its lines anywhere, the status before each
    for documented, of, words, verdict in _ANSWERS:
        if code == documented and of in {_ANY, status[0] if status else ""} and words in spoken.replace(f" {of} ", " "):
            return verdict
    return None


def _passing(code: int, text: str) -> Verdict:
    """What says nothing of the account, at any step."""
    if code == 454 and text.startswith("4.7.0 Too many login attempts"):  # noqa: PLR2004 - codes of SMTP
        return _THROTTLED
    if code == 421 and text.startswith("4.7.0 "):  # noqa: PLR2004
        if "IP address" in text:
            return _OUR_ADDRESS
        if "Try again later, closing connection" in text:
            return _BUSY
    return _PASSING if 400 <= code <= 499 else unrecognised()  # noqa: PLR2004


PROVIDER: Final = Provider(
    "email",
    (
        Field("host", ("EMAIL_HOST", "SMTP_HOST"), max_chars=253),
        Field("port", ("EMAIL_PORT", "SMTP_PORT"), max_chars=16),
        Field("user", ("EMAIL_USER", "SMTP_USER")),
        Field("password", ("EMAIL_PASSWORD", "SMTP_PASSWORD")),
        Field("from", ("EMAIL_FROM", "SMTP_FROM")),
        Field("fromName", ("EMAIL_FROM_NAME", "SMTP_FROM_NAME"), required=False),
        Field("secure", ("EMAIL_SECURE", "SMTP_SECURE"), required=False),
    ),
    _converse,
    _validate,
    endpoints=(_LOGIN,),
)
