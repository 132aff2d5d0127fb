"""What mail servers are documented, or seen in public, to answer to a log-in."""

from tests.helpers.documented.case import Case
from workers.wire import Reason

FIELDS = {
    "host": "smtp.mail-of-alice.example",
    "port": "587",
    "user": "alice-who-logs-in",
    "password": "password-of-alice",
    "from": "alice@mail-of-alice.example",
}

AUTH = "RFC 4954 section 6"
GMAIL = "support.google.com/a/answer/3726730"
MORE = " For more information, go to https://support.google.com/mail/?p="


def _says(code, text, reason, source="", *, what="", stage="auth", **more):
    return Case("email", what or text[:40], code, text.encode(), reason, source, headers={"stage": stage, **more})


CASES = (
    _says(235, "2.7.0 Accepted", Reason.OK, "RFC 4954 section 4"),
    _says(235, "Authentication succeeded", Reason.OK, "RFC 4954 section 4"),
    _says(535, "5.7.8 Authentication credentials invalid", Reason.INVALID_CREDENTIAL, AUTH),
    _says(535, "5.7.8 Error: authentication failed: UGFzc3dvcmQ6", Reason.INVALID_CREDENTIAL, AUTH),
    _says(
        535,
        "5.7.8 Error: authentication failed: Connection lost to authentication server",
        Reason.PROVIDER_ERROR,
        "live answers, neomutt/neomutt 2690",
        what="Postfix without its Dovecot",
    ),
    _says(
        535,
        "5.7.8 Error: authentication failed: generic failure",
        Reason.PROVIDER_ERROR,
        "live answers, docker-mailserver/docker-mailserver 1436",
        what="Postfix without its Cyrus SASL",
    ),
    _says(
        535,
        "5.7.8 Error: authentication failed: no mechanism available",
        Reason.PROVIDER_ERROR,
        "live answers, bigbluebutton/greenlight 2422",
        what="Postfix whose Cyrus SASL lacks the mechanism that it offers",
    ),
    _says(
        535,
        "5.7.8 Error: authentication failed: Invalid authentication mechanism",
        Reason.PROVIDER_ERROR,
        "live answers, corecode/dma 68, splitbrain/dokuwiki-plugin-smtp 65",
        what="Postfix whose Dovecot lacks the mechanism",
    ),
    _says(
        535,
        f"5.7.8 Username and Password not accepted.{MORE}BadCredentials\n5.7.8  x1sm2 - gsmtp",
        Reason.INVALID_CREDENTIAL,
        f"{AUTH}; {GMAIL}",
        what="Gmail",
    ),
    _says(
        535,
        "5.7.3 Authentication unsuccessful [AM0PR01CA0001.eurprd01.prod.outlook.com]",
        Reason.INVALID_CREDENTIAL,
        "[MS-SMTPNTLM] 2.2.1.4",
    ),
    _says(535, "Incorrect authentication data", Reason.INVALID_CREDENTIAL, "live answers, PHPMailer/PHPMailer 1375"),
    _says(
        534,
        f"5.7.9 Application-specific password required.{MORE}\n5.7.9  InvalidSecondFactor x1sm2 - gsmtp",
        Reason.INVALID_CREDENTIAL,
        "live answers, kmhmubin/Face-Recognition-Attendance-System 46",
    ),
    _says(
        534,
        "5.7.14 <https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKg\n5.7.14 nsb> Please log in via your "
        "web browser and\n5.7.14 then try again.\n5.7.14  Learn more at\n5.7.14  x1sm2 - gsmtp",
        Reason.BLOCKED,
        "live answers, gogs/docs 241",
        what="log in with a browser",
    ),
    _says(
        534,
        "5.7.14 nsb> Please log in via your\n5.7.14 web browser and then try again.",
        Reason.BLOCKED,
        "live answers, gogs/docs 241",
        what="the same, broken elsewhere",
    ),
    _says(534, "5.7.9 Authentication mechanism is too weak", Reason.UNRECOGNISED, AUTH),
    _says(525, "5.7.13 User account disabled", Reason.ACCOUNT_RESTRICTED, "IANA SMTP Enhanced Status Codes, X.7.13"),
    _says(
        535,
        "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        Reason.ACCOUNT_RESTRICTED,
        "live answers, MicrosoftDocs/OfficeDocs-Exchange 3124",
        what="SMTP AUTH off",
    ),
    _says(
        535,
        "5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully.",
        Reason.UNRECOGNISED,
        what="5.7.139 of another kind",
    ),
    _says(
        550,
        "5.7.30 Basic authentication is not supported for Client Submission.",
        Reason.ACCOUNT_RESTRICTED,
        "Exchange team blog, Exchange Online to retire Basic auth for Client Submission (SMTP AUTH)",
    ),
    _says(
        454,
        f"4.7.0 Too many login attempts, please try again later.{MORE}TooManyLoginAttempts x1sm2 - gsmtp",
        Reason.RATE_LIMITED,
        "live answers, nodemailer/nodemailer 1388",
    ),
    _says(454, "4.7.0 Temporary authentication failure", Reason.PROVIDER_ERROR, AUTH),
    _says(
        454, "TLS not available due to temporary reason", Reason.PROVIDER_ERROR, "RFC 3207 section 4", stage="starttls"
    ),
    _says(421, "4.7.0 Try again later, closing connection.", Reason.RATE_LIMITED, GMAIL, stage="connect"),
    _says(421, "4.7.0 Temporary System Problem.  Try again later.", Reason.PROVIDER_ERROR, GMAIL),
    _says(
        421,
        "4.7.0 Our system has detected an unusual rate of unsolicited mail originating from your IP address.",
        Reason.BLOCKED,
        GMAIL,
        stage="connect",
    ),
    _says(421, "4.4.5 Server busy, try again later.", Reason.PROVIDER_ERROR, GMAIL, stage="connect"),
    _says(435, "Unable to authenticate at present", Reason.PROVIDER_ERROR, "RFC 5321 section 4.2.1"),
    _says(535, "Error: authentication failed", Reason.UNRECOGNISED, what="a bare 535"),
    _says(535, "5.7.0 Invalid login or password", Reason.UNRECOGNISED, what="535 of another status"),
    _says(504, "5.5.4 Unrecognized authentication type", Reason.UNRECOGNISED, "RFC 4954 section 4"),
    _says(554, "5.7.1 Service unavailable; client blocked", Reason.UNRECOGNISED, stage="connect"),
    _says(502, "5.5.1 Unrecognized command", Reason.UNRECOGNISED, stage="ehlo"),
    _says(535, "5.7.8 refused before AUTH was said", Reason.UNRECOGNISED, stage="ehlo"),
    _says(250, "mx.example", Reason.UNRECOGNISED, stage="ehlo", what="no STARTTLS", lacks="starttls"),
    _says(250, "mx.example", Reason.UNRECOGNISED, stage="ehlo", what="only OAuth", lacks="mechanism"),
)
