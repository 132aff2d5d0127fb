"""A mail server: what it says to a log-in. The mark is in user or password; at the latest AUTH carries it."""

from types import MappingProxyType
from typing import Final

from supervisor.standin.mark import Mark

GOOD: Final = ("235 2.7.0 Accepted",)  # RFC 4954 section 4
REPLIES: Final = MappingProxyType[str, tuple[str, ...]](
    {
        "revoked": (  # support.google.com/mail/?p=BadCredentials; RFC 4954 section 6: credentials invalid
            "535-5.7.8 Username and Password not accepted. For more information, go to",
            "535 5.7.8  https://support.google.com/mail/?p=BadCredentials x1sm2 - gsmtp",
        ),
        "expired": ("535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6",),  # Postfix; SMTP knows no expiry
        "exim": ("535 Incorrect authentication data",),  # live answers, PHPMailer/PHPMailer 1375
        "exchange": ("535 5.7.3 Authentication unsuccessful",),  # [MS-SMTPNTLM] 2.2.1.4
        "apppassword": (  # live answers, kmhmubin/Face-Recognition-Attendance-System 46
            "534-5.7.9 Application-specific password required. For more information, go to",
            "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor x1sm2 - gsmtp",
        ),
        "browser": (  # live answers, gogs/docs 241
            "534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKg> Please",
            "534-5.7.14 log in via your web browser and then try again.",
            "534 5.7.14  Learn more at https://support.google.com/mail/answer/78754 x1sm2 - gsmtp",
        ),
        "disabled": ("525 5.7.13 User account disabled",),  # IANA SMTP Enhanced Status Codes, X.7.13
        "restricted": (  # live answers, MicrosoftDocs/OfficeDocs-Exchange 3124
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        ),
        "nopasswords": ("550 5.7.30 Basic authentication is not supported for Client Submission.",),  # Exchange blog
        "limited": (  # live answers, nodemailer/nodemailer 1388
            "454 4.7.0 Too many login attempts, please try again later. x1sm2 - gsmtp",
        ),
        "quota": ("454 4.7.0 Too many login attempts, please try again later. x1sm2 - gsmtp",),
        "broken": ("454 4.7.0 Temporary authentication failure",),  # RFC 4954 section 6
        "nobody": (  # Postfix; live answers, neomutt/neomutt 2690
            "535 5.7.8 Error: authentication failed: Connection lost to authentication server",
        ),
        "closing": ("421 4.7.0 Temporary System Problem.  Try again later. x1sm2 - gsmtp",),  # Google, answer/3726730
        "nostarttls": ("530 5.7.0 Must issue a STARTTLS command first",),  # RFC 3207 section 4
        "escapes": ("535 \x1b[2J\x1b]0;owned\x07",),  # what a hostile answer would like a terminal to swallow
    }
)
"""By word; any other is let in."""


def said(mark: Mark) -> tuple[str, ...]:
    """The lines of the reply to AUTH."""
    return REPLIES.get(mark.word, GOOD)
