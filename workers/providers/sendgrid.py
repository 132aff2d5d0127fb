"""SendGrid: the stored fields. The existing backend stores none; the names are ours."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "sendgrid",
    (Field("apiKey"),),
)
