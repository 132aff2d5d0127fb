"""CJ Dropshipping: the stored fields."""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "cj-dropshipping",
    (Field("apiKey", ("cjApiKey",)),),
)
