"""AliExpress affiliate application: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "aliexpress-affiliate",
    (
        Field("appKey"),
        Field("appSecret"),
        Field("trackingId", required=False),
        Field("sandbox", required=False),
    ),
)
