"""SerpApi, which older rows call Google Trends: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "serpapi",
    (
        Field("apiKey", ("SERP_API_KEY", "GOOGLE_TRENDS_API_KEY")),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
)
