"""Etsy: the stored fields. The existing backend stores none; the names are ours (apiKey is the keystring)."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "etsy",
    (
        Field("apiKey"),
        Field("sharedSecret", required=False),
        Field("accessToken", required=False),
    ),
)
