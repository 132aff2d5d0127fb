"""A mail account, sent from over SMTP: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "email",
    (
        Field("host", ("EMAIL_HOST", "SMTP_HOST")),
        Field("port", ("EMAIL_PORT", "SMTP_PORT")),
        Field("user", ("EMAIL_USER", "SMTP_USER")),
        Field("password", ("EMAIL_PASSWORD", "SMTP_PASSWORD")),
        Field("from", ("EMAIL_FROM", "SMTP_FROM")),
        Field("fromName", ("EMAIL_FROM_NAME", "SMTP_FROM_NAME"), required=False),
        Field("secure", ("EMAIL_SECURE", "SMTP_SECURE"), required=False),
    ),
)
