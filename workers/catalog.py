"""Every API that healthsup knows by name, and the aliases under which older rows store it.

Both processes read this: the supervisor to resolve names, the worker to find its provider.
Source of names and aliases: the backend's own tables and code (`docs/reference/providers.md`).
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Api:
    """One known API. `critical` ones are checked at the shorter interval; `personal` ones are never shared."""

    name: str
    aliases: tuple[str, ...] = ()
    critical: bool = False
    personal: bool = False


APIS: Final = (
    Api("ebay", ("e-bay", "ebay-api"), critical=True, personal=True),
    Api("amazon", critical=True, personal=True),
    Api("mercadolibre", ("mercado-libre",), critical=True, personal=True),
    Api("paypal", ("pay-pal",), personal=True),
    Api("stripe"),
    Api("openai", ("open-ai",)),
    Api("groq"),
    Api("gemini"),
    Api("scraperapi", ("scraper-api", "scraper_api")),
    Api("zenrows", ("zen-rows", "zen_rows")),
    Api("2captcha", ("2-captcha", "two-captcha")),
    Api("serpapi", ("googletrends", "google-trends", "google_trends", "serp-api")),
    Api("aliexpress"),
    Api("aliexpress-affiliate", ("aliexpress_affiliate",)),
    Api("aliexpress-dropshipping", ("aliexpress_dropshipping",)),
    Api("cj-dropshipping", ("cj", "cj_dropshipping", "cjdropshipping")),
    Api("email"),
    Api("twilio"),
    Api("slack"),
    Api("sendgrid"),
    Api("shopify"),
    Api("etsy"),
)

KNOWN: Final = MappingProxyType({api.name: api for api in APIS})
CANONICAL: Final = MappingProxyType({alias: api.name for api in APIS for alias in (api.name, *api.aliases)})


def canonical(name: str) -> str | None:
    """The canonical name of an API or one of its aliases; None for one we do not know."""
    return CANONICAL.get(name)
