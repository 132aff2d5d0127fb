"""ScraperAPI: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "scraperapi",
    (
        Field("apiKey", ("SCRAPERAPI_KEY", "SCRAPER_API_KEY")),
        Field("premium", required=False),
        Field("model", required=False),
        Field("maxTokens", required=False),
    ),
)
