"""ZenRows: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "zenrows",
    (
        Field("apiKey", ("ZENROWS_API_KEY",)),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
)
