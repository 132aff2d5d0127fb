"""Who plays in the demonstration: sample users, what their credentials are, and what must come out for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from itertools import cycle, islice
from typing import Final

from workers.wire import Reason

FEWEST: Final = 12
"""With so many users every kind of credential is on the stage."""


@unique
class Form(Enum):
    """How a credential lies in its row."""

    GCM = "gcm"
    CBC = "cbc"
    PLAIN = "plain"  # never encrypted
    FOREIGN = "foreign"  # sealed with another key


@dataclass(frozen=True, slots=True)
class Role:
    """One credential row. `expected` is the reason that its check must end with."""

    api: str
    fields: Mapping[str, str] = field(repr=False)
    expected: Reason
    form: Form = Form.GCM
    shared: bool = False
    aimed_at: bool = False  # the worker is killed while it has this one in hand


@dataclass(frozen=True, slots=True)
class Player:
    """One user. Without a role of their own they live on what is shared."""

    name: str
    roles: tuple[Role, ...]


def _ebay(token: str, refresh: str = "") -> Mapping[str, str]:
    keyset = {"appId": "Sample-Shop-PRD-1", "devId": "sample-dev-id", "certId": "PRD-sample-cert"}
    return keyset | {"token": f"v^1.1#i^1#{token}"} | ({"refreshToken": f"v^1.1#i^1#{refresh}"} if refresh else {})


def _mercadolibre(token: str) -> Mapping[str, str]:
    return {"clientId": "1234567890", "clientSecret": "sample", "accessToken": f"APP_USR-{token}"}


def _paypal(secret: str) -> Mapping[str, str]:
    return {"clientId": "AYsample-client", "clientSecret": f"EL{secret}", "environment": "live"}


def _stripe(key: str) -> Mapping[str, str]:
    return {"publicKey": "pk_live_sample", "secretKey": f"sk_live_{key}"}


def _openai(key: str) -> Mapping[str, str]:
    return {"apiKey": f"sk-{key}-00000000000000000000"}


def _groq(key: str) -> Mapping[str, str]:
    return {"apiKey": f"gsk_{key}"}


SLOW: Final = "demo-slow-700ms-lucia"
_R = Reason
_CAST: Final = (
    Player(
        "amelie",
        (
            Role("ebay", _ebay("demo-good-64ms-amelie"), _R.OK),
            Role("paypal", _paypal("demo-good-83ms-amelie"), _R.OK, Form.CBC),
            Role("stripe", _stripe("demo-good-27ms-amelie"), _R.OK),
        ),
    ),
    Player("bruno", (Role("mercadolibre", _mercadolibre("demo-good-48ms-bruno"), _R.OK, Form.CBC),)),
    Player("chiara", (Role("stripe", _stripe("demo-revoked-22ms-chiara"), _R.INVALID_CREDENTIAL),)),
    Player("dmitri", (Role("stripe", _stripe("demo-expired-24ms-dmitri"), _R.EXPIRED, Form.CBC),)),
    Player("elif", (Role("ebay", _ebay("demo-expired-31ms-elif", "demo-good-45ms-elif"), _R.OK),)),
    Player("grace", (Role("openai", _openai("demo-restricted-39ms-grace"), _R.INSUFFICIENT_SCOPE),)),
    Player("hiro", (Role("openai", _openai("demo-limited-12ms-hiro"), _R.RATE_LIMITED, Form.CBC),)),
    Player("ines", (Role("paypal", _paypal("demo-broken-93ms-ines"), _R.PROVIDER_ERROR),)),
    Player("jonas", (Role("groq", _groq("demo-good-jonas"), _R.PLAINTEXT, Form.PLAIN),)),
    Player(
        "kofi",
        (
            Role("groq", _groq("demo-good-18ms-shared"), _R.OK, shared=True),
            Role("openai", _openai("demo-quota-33ms-kofi"), _R.QUOTA_EXHAUSTED),
        ),
    ),
    Player("lucia", (Role("stripe", _stripe(SLOW), _R.OK, aimed_at=True),)),
    Player("mei", (Role("openai", _openai("demo-good-mei"), _R.UNDECRYPTABLE, Form.FOREIGN),)),
    Player("noor", ()),
    Player("farid", (Role("ebay", _ebay("demo-expired-farid", "demo-revoked-farid"), _R.INVALID_CREDENTIAL),)),
    Player("oskar", (Role("mercadolibre", _mercadolibre("demo-suspended-52ms-oskar"), _R.ACCOUNT_RESTRICTED),)),
    Player("priya", (Role("openai", _openai("demo-html-15ms-priya"), _R.BLOCKED),)),
    Player("quentin", (Role("paypal", _paypal("demo-gzipbomb-quentin"), _R.PROVIDER_ERROR, Form.CBC),)),
    Player("rosa", (Role("groq", _groq("demo-reset-rosa"), _R.UNREACHABLE),)),
)
USUAL: Final = len(_CAST)
_CROWD: Final = (
    Role("ebay", _ebay("demo-good-crowd"), _R.OK),
    Role("mercadolibre", _mercadolibre("demo-good-crowd"), _R.OK),
    Role("paypal", _paypal("demo-good-crowd"), _R.OK, Form.CBC),
    Role("stripe", _stripe("demo-good-crowd"), _R.OK),
    Role("openai", _openai("demo-good-crowd"), _R.OK, Form.CBC),
)


def cast(users: int) -> tuple[Player, ...]:
    """So many players; behind the named ones stands a crowd whose credentials are good."""
    extras = (Player(f"shop-{number:03}", (role,)) for number, role in enumerate(cycle(_CROWD), start=len(_CAST) + 1))
    return (*_CAST[:users], *islice(extras, max(0, users - len(_CAST))))
