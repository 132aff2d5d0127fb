"""AliExpress by e-mail and password: the stored fields. No API takes them.

Looked for  openservice.aliexpress.com (API endpoint URLs, Authorize your APP, Calling parameters): every call takes an
            application's key and a signature, and a user's token from a consent page in a browser.
Why not     a log-in through the web page is answered with captchas and second factors, and a robot that repeats it
            may get the account locked.
"""

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
    unprobed=(
        "no API takes an e-mail address and a password (openservice.aliexpress.com, Authorize your APP); a log-in "
        "through the web page meets captchas, and repeating it may lock the account"
    ),
)
