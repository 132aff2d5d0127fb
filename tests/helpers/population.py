"""Thousands of rows as an existing backend would hold them, each made with its outcome known, and what must come of them.

The oracle (`expected`) reads only how the rows were made: which row serves whom, and what the stand-in says to it, are
written down here a second time, from the contract and not from the program.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.helpers.tenants import Tenants
from workers.vault import Layout

PERSONAL = frozenset({"ebay", "amazon", "mercadolibre", "paypal"})
ALIASES = {
    "e-bay": "ebay", "ebay-api": "ebay", "mercado-libre": "mercadolibre", "pay-pal": "paypal", "open-ai": "openai",
    "two-captcha": "2captcha", "google-trends": "serpapi", "googletrends": "serpapi", "scraper_api": "scraperapi",
}  # fmt: skip
OTHER_NAME = {"ebay": "e-bay", "mercadolibre": "mercado-libre", "paypal": "pay-pal", "openai": "open-ai"}
STATUSES = {  # reason → status, available, configured, fault, trust after this outcome alone
    "ok": ("healthy", True, True, None, 100.0),
    "valid_unprobed": ("unknown", True, True, None, 100.0),
    "missing_fields": ("unhealthy", False, False, "tenant", 30.0),
    "undecryptable": ("unhealthy", False, True, "operator", 30.0),
    "corrupt": ("unhealthy", False, True, "operator", 30.0),
    "plaintext": ("unhealthy", False, True, "operator", 30.0),
    "invalid_credential": ("unhealthy", False, True, "tenant", 30.0),
    "expired": ("unhealthy", False, True, "tenant", 30.0),
    "account_restricted": ("unhealthy", False, True, "tenant", 30.0),
    "quota_exhausted": ("unhealthy", False, True, "tenant", 30.0),
    "insufficient_scope": ("degraded", True, True, "tenant", 65.0),
    "rate_limited": ("degraded", True, True, "provider", 100.0),
    "provider_error": ("unhealthy", False, True, "provider", 30.0),
    "unreachable": ("unhealthy", False, True, "provider", 30.0),
    "blocked": ("unknown", False, True, "us", 100.0),
    "unrecognised": ("unknown", False, True, "us", 100.0),
}
_WORDS = {  # what the stand-in says to a credential with this word → the reason
    "openai": {
        "good": "ok", "revoked": "invalid_credential", "restricted": "insufficient_scope", "quota": "quota_exhausted",
        "limited": "rate_limited", "broken": "provider_error", "html": "blocked", "redirect": "unrecognised",
        "empty": "provider_error", "drop": "unreachable", "elsewhere": "blocked", "mangled": "provider_error",
    },
    "groq": {
        "good": "ok", "revoked": "invalid_credential", "limited": "rate_limited", "broken": "provider_error",
        "restricted": "unrecognised", "busy": "rate_limited",
    },
    "stripe": {
        "good": "ok", "revoked": "invalid_credential", "expired": "expired", "restricted": "insufficient_scope",
        "limited": "rate_limited", "broken": "provider_error",
    },
    "paypal": {
        "good": "ok", "revoked": "invalid_credential", "restricted": "insufficient_scope", "limited": "rate_limited",
        "broken": "provider_error", "denied": "invalid_credential",
    },
    "mercadolibre": {
        "good": "ok", "revoked": "invalid_credential", "suspended": "account_restricted", "forbidden": "unrecognised",
        "broken": "provider_error",
    },
    "ebay": {"good": "ok", "revoked": "invalid_credential", "restricted": "insufficient_scope", "broken": "provider_error"},
    "slack": {"good": "ok", "revoked": "invalid_credential", "expired": "expired", "moving": "provider_error"},
    "twilio": {"good": "ok", "revoked": "invalid_credential", "suspended": "account_restricted", "limited": "rate_limited"},
    "scraperapi": {"good": "ok", "revoked": "invalid_credential", "restricted": "unrecognised", "broken": "provider_error"},
    "serpapi": {"good": "ok", "revoked": "invalid_credential", "spent": "quota_exhausted", "restricted": "unrecognised"},
    "amazon": {"good": "ok", "revoked": "invalid_credential", "expired": "expired", "restricted": "unrecognised"},
}  # fmt: skip
_AMAZON = (
    "sellerId", "clientId", "clientSecret", "refreshToken", "awsAccessKeyId", "awsSecretAccessKey", "marketplaceId",
)  # fmt: skip
Seal = Callable[..., str]
Key = tuple[int, str, str]


@dataclass
class Row:
    """A row of `api_credentials`; `name` as it is stored, `reason` what a check of it must find."""

    user: int
    name: str
    text: str = field(repr=False)
    reason: str
    environment: str = "production"
    scope: str = "user"
    active: bool = True
    age_s: int = 0
    id: int = 0

    @property
    def api(self) -> str:
        return ALIASES.get(self.name, self.name)


class Maker:
    """Makes rows; the same seed makes the same ones. `strange` seals with a key that is not ours."""

    def __init__(self, seal: Seal, strange: Seal, seed: int) -> None:
        self._seal = seal
        self._strange = strange
        self._dice = random.Random(seed)
        self._count = 0

    def own(self, user: int) -> Iterator[Row]:
        """Up to five credentials of a user's own; for some of them with a rival under an alias, or a dead row."""
        for api in self._dice.sample([*_WORDS, "cj-dropshipping", "aliexpress"], self._dice.randint(0, 4)):
            environment = self._dice.choice(("production", "production", "sandbox"))
            row = self.make(user, api, environment)
            row.age_s = self._dice.randrange(86_400)
            chance = self._dice.random()
            if chance < 0.08:
                row.active = False
            elif chance < 0.16 and api in OTHER_NAME:
                rival = self.make(user, api, environment)
                rival.name, rival.age_s = OTHER_NAME[api], self._dice.randrange(86_400)
                yield rival  # the canonical name beats it, however new it is
            elif chance < 0.24 and api in OTHER_NAME:
                row.name = OTHER_NAME[api]
            elif chance < 0.30 and api in PERSONAL:
                row.scope = "global"  # serves nobody but its owner
            yield row
        if self._dice.random() < 0.03:
            yield Row(user, "fax-machine", "whatever", "never looked at")

    def make(self, user: int, api: str, environment: str, word: str = "") -> Row:
        """A credential of this API, with a random fate unless the stand-in's word is given."""
        self._count += 1
        mark = f"u{user}.{self._count}"
        if not word and self._dice.random() < 0.10:
            text, reason = self._unopenable(mark)
            return Row(user, api, text, reason, environment)
        if api not in _WORDS:
            fields, reason = self._unprobed(api, mark)
        else:
            word = word or self._dice.choice(("good", "good", "good", *_WORDS[api]))
            fields, reason = getattr(self, f"_{api}")(f"demo-{word}-{mark}", environment)
            reason = reason or _WORDS[api][word]
        return Row(user, api, self._sealed(self._seal, fields), reason, environment)

    def _sealed(self, seal: Seal, fields: object) -> str:
        return seal(fields, self._dice.choice((Layout.GCM, Layout.CBC)))

    def _unopenable(self, mark: str) -> tuple[str, str]:
        fields = {"apiKey": f"sk-{mark}-0123456789", "appId": "a", "clientId": "c"}
        whole = self._sealed(self._seal, fields)
        return self._dice.choice(
            [
                (self._seal(fields, Layout.GCM)[:-8], "undecryptable"),
                (whole[:20], "corrupt"),
                (self._sealed(self._strange, fields | {"more": "x" * 200}), "undecryptable"),
                ('{"apiKey": "sk-in-the-clear"}', "plaintext"),
                (self._sealed(self._seal, [fields]), "corrupt"),
                (self._sealed(self._seal, None), "corrupt"),
                ("", "corrupt"),
                ("\x1b[31mnot a sealed value", "corrupt"),
                ("ab:cd:ef", "corrupt"),
            ]
        )

    def _unprobed(self, api: str, mark: str) -> tuple[dict, str]:
        fields = {
            "cj-dropshipping": {"cjApiKey": mark},
            "aliexpress": {"email": "a@example.org", "password": mark},
        }[api]
        if self._dice.random() < 0.3:
            return {"unused": "x", next(iter(fields)): "  "}, "missing_fields"
        return fields, "valid_unprobed"

    def _openai(self, mark: str, _environment: str) -> tuple[dict, str]:
        return {"apiKey": f"sk-{mark}"}, ""

    def _slack(self, mark: str, _environment: str) -> tuple[dict, str]:
        return {"botToken": f"xoxb-{mark}"}, ""

    def _twilio(self, mark: str, _environment: str) -> tuple[dict, str]:
        return {"accountSid": f"AC{self._count:032x}", "authToken": mark, "phoneNumber": "+15550100"}, ""

    def _serpapi(self, mark: str, _environment: str) -> tuple[dict, str]:
        return {"GOOGLE_TRENDS_API_KEY": mark}, ""

    def _amazon(self, mark: str, _environment: str) -> tuple[dict, str]:
        fields = dict.fromkeys(_AMAZON, f"x{self._count}") | {"refreshToken": f"Atzr|{mark}"}
        return fields, ""

    def _scraperapi(self, mark: str, _environment: str) -> tuple[dict, str]:
        return {"SCRAPER_API_KEY": mark}, ""

    def _groq(self, mark: str, _environment: str) -> tuple[dict, str]:
        return {"GROQ_API_KEY": f"gsk_{mark}"}, ""

    def _stripe(self, mark: str, environment: str) -> tuple[dict, str]:
        mode = "test" if environment == "sandbox" else "live"
        return {"publicKey": "pk", "secretKey": f"sk_{mode}_{mark}"}, ""

    def _paypal(self, mark: str, environment: str) -> tuple[dict, str]:
        given = {"production": "live", "sandbox": "sandbox"}
        stored = self._dice.choice(("right", "right", "right", "right", "other", "junk"))
        value = {"right": given[environment], "other": given[_other(environment)], "junk": "moon"}[stored]
        fields = {"clientId": f"A{mark}", "clientSecret": "s", "PAYPAL_MODE": value}
        mixed_up = "insufficient_scope" if stored == "other" and mark.startswith("demo-good") else ""
        return fields, "missing_fields" if stored == "junk" else mixed_up

    def _mercadolibre(self, mark: str, _environment: str) -> tuple[dict, str]:
        fields = {"clientId": str(self._count), "clientSecret": "s"}
        if self._dice.random() < 0.15:
            return fields, "valid_unprobed"
        return fields | {"accessToken": f"APP_USR-{mark}"}, ""

    def _ebay(self, mark: str, _environment: str) -> tuple[dict, str]:
        fields = {"appId": f"app{self._count}", "devId": "dev", "certId": "cert"}
        dead = f"v^1.1#demo-revoked-x{mark}"
        match self._dice.randrange(8):
            case 0:
                return fields, "missing_fields"
            case 1:
                return fields | {"token": dead, "expiresAt": "2024-01-01T00:00:00.000Z"}, "expired"
            case 2:
                return fields | {"token": dead, "refreshToken": f"v^1.1#{mark}"}, ""
            case _:
                return fields | {"authToken": f"v^1.1#{mark}"}, ""


def _other(environment: str) -> str:
    return "sandbox" if environment == "production" else "production"


def insert(tenants: Tenants, rows: Iterable[Row]) -> None:
    """Write the rows, and give each its id."""
    query = (
        'insert into api_credentials ("userId", "apiName", environment, scope, "isActive", credentials, "updatedAt")'
        " values (%s, %s, %s, %s::\"CredentialScope\", %s, %s, (now() at time zone 'UTC') - make_interval(secs => %s))"
        " returning id"
    )
    with tenants.connection.pipeline():
        cursors = [
            (row, tenants.connection.execute(
                query, (row.user, row.name, row.environment, row.scope, row.active, row.text, row.age_s)
            ))
            for row in rows
        ]  # fmt: skip
        for row, cursor in cursors:
            (row.id,) = cursor.fetchone()


def expected(active: Iterable[int], rows: Iterable[Row]) -> dict[Key, Row]:
    """Which row stands behind each (user, api, environment) that must have a snapshot."""
    own: dict[Key, list[Row]] = defaultdict(list)
    shared: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if not row.active or row.reason == "never looked at":
            continue
        if row.scope == "user" or row.api in PERSONAL:
            own[row.user, row.api, row.environment].append(row)
        else:
            shared[row.api, row.environment].append(row)
    fallen_back = {(user, *key): min(some, key=_rank) for key, some in shared.items() for user in active}
    users = set(active)
    return fallen_back | {key: min(some, key=_rank) for key, some in own.items() if key[0] in users}


def _rank(row: Row) -> tuple[bool, bool, int]:
    return (row.scope == "global", row.name != row.api, row.age_s)
