"""Twilio: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "twilio",
    (
        Field("accountSid"),
        Field("authToken"),
        Field("phoneNumber"),
        Field("whatsappNumber", required=False),
    ),
)
