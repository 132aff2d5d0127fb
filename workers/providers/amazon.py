"""Amazon SP-API: the stored fields.

The backend asks for awsAccessKeyId and awsSecretAccessKey too, but SP-API ignores AWS signatures since 2023-10-02
(its changelog), so a credential without them is complete.
"""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "amazon",
    (
        Field("sellerId"),
        Field("clientId"),
        Field("clientSecret"),
        Field("refreshToken"),
        Field("marketplaceId"),
        Field("accessToken", required=False),
        Field("awsAccessKeyId", required=False),
        Field("awsSecretAccessKey", required=False),
        Field("awsSessionToken", required=False),
        Field("region", required=False),
        Field("sandbox", required=False),
    ),
)
