"""Every known API's `Provider`, by canonical name. One file each: a module, or a table (see `workers.declared`).

To add one, write the file and name it here.
"""

from pathlib import Path
from types import MappingProxyType
from typing import Final

from workers.declared import from_file
from workers.provider import Provider
from workers.providers import (
    aliexpress,
    aliexpress_affiliate,
    aliexpress_dropshipping,
    amazon,
    cj_dropshipping,
    ebay,
    email,
    etsy,
    gemini,
    mercadolibre,
    openai,
    paypal,
    scraperapi,
    sendgrid,
    serpapi,
    shopify,
    slack,
    stripe,
    twilio,
    two_captcha,
    zenrows,
)

ALL: Final = (
    aliexpress.PROVIDER,
    aliexpress_affiliate.PROVIDER,
    aliexpress_dropshipping.PROVIDER,
    amazon.PROVIDER,
    cj_dropshipping.PROVIDER,
    ebay.PROVIDER,
    email.PROVIDER,
    etsy.PROVIDER,
    gemini.PROVIDER,
    from_file(Path(__file__).with_name("groq.toml")),
    mercadolibre.PROVIDER,
    openai.PROVIDER,
    paypal.PROVIDER,
    scraperapi.PROVIDER,
    sendgrid.PROVIDER,
    serpapi.PROVIDER,
    shopify.PROVIDER,
    slack.PROVIDER,
    stripe.PROVIDER,
    twilio.PROVIDER,
    two_captcha.PROVIDER,
    zenrows.PROVIDER,
)
_BY_NAME: Final = MappingProxyType({provider.name: provider for provider in ALL})


def find(name: str) -> Provider:
    """The provider of a canonical name, which must be one of `workers.catalog.KNOWN`."""
    return _BY_NAME[name]
