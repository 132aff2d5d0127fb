"""Gemini: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "gemini",
    (
        Field("apiKey"),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
)
