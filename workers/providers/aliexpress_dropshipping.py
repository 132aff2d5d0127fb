"""AliExpress dropshipping application: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "aliexpress-dropshipping",
    (
        Field("appKey"),
        Field("appSecret"),
        Field("accessToken", required=False),
        Field("refreshToken", required=False),
        Field("sandbox", required=False),
    ),
)
