"""2Captcha: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "2captcha",
    (
        Field("apiKey", ("CAPTCHA_2CAPTCHA_KEY", "TWO_CAPTCHA_API_KEY", "2CAPTCHA_API_KEY")),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
)
