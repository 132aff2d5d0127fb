"""AliExpress by e-mail and password: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "aliexpress",
    (
        Field("email"),
        Field("password"),
        Field("twoFactorEnabled", required=False),
        Field("twoFactorSecret", required=False),
    ),
)
