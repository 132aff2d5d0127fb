"""CJ Dropshipping: the stored fields. An API key is exchanged for tokens, and that is not ours to do.

Looked for  developers.cjdropshipping.cn, "Authentication", "Settings", "Access Frequency Restrictions", "Global Error
            Codes". Every reading call (GET /api2.0/v1/setting/get among them) takes an access token, which this entry
            does not store; the API key serves POST /authentication/getAccessToken alone.
Why not     that call may be made once in five minutes for an account, so that each of ours could make the tenant's own
            program fail (1600200); and no document says whether tokens that were minted before live on.
"""

from typing import Final

from workers.provider import Field, Provider

PROVIDER: Final = Provider(
    "cj-dropshipping",
    (Field("apiKey", ("cjApiKey",)),),
    unprobed=(
        "an API key can only be exchanged for tokens, once in five minutes for an account "
        "(developers.cjdropshipping.cn, Access Frequency Restrictions): a check would take that turn from the tenant's "
        "own program, and no document says that its tokens would live on"
    ),
)
