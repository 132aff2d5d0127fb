"""Who is checked in the storm: innocents, slow ones among them to aim at, and one carrier for each fault. Pure."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from supervisor.chaos.faults import FAULTS, HANGS, Fault

_APIS: Final = ("slack", "groq", "stripe")  # that may be asked as often as a storm does
_INNOCENTS: Final = 34
_TARGETS: Final = 14
_TARGET_MS: Final = (150, 260)
_OTHERS_MS: Final = (0, 40)


@dataclass(frozen=True, slots=True)
class Role:
    """One credential. The stand-in counts by `mark` and answers after `delay_ms`."""

    user: str
    api: str
    mark: str
    delay_ms: int
    fault: Fault | None = None
    fields: dict[str, str] = field(repr=False, compare=False, default_factory=dict)

    @property
    def aimed_at(self) -> bool:
        """Whether it is long enough in hand to be aimed at."""
        return self.fault is None and self.delay_ms >= _TARGET_MS[0]


def cast(dice: random.Random) -> tuple[Role, ...]:
    """Everybody; one to three credentials a user, guilty and innocent side by side."""
    faults: list[Fault | None] = [*FAULTS, *HANGS, *[None] * _INNOCENTS]
    dice.shuffle(faults)
    targets = iter(range(_TARGETS))
    roles: list[Role] = []
    user = 0
    while faults:
        user += 1
        for api in dice.sample(_APIS, dice.randint(1, len(_APIS))):
            if faults:
                fault = faults.pop()
                span = _TARGET_MS if fault is None and next(targets, None) is not None else _OTHERS_MS
                roles.append(_role(f"user{user:03}", api, len(roles), dice.randint(*span), fault))
    return tuple(roles)


def _role(user: str, api: str, number: int, delay_ms: int, fault: Fault | None) -> Role:
    mark = f"demo-good-{delay_ms}ms-c{number:03}x"
    trap = f"fault-{fault.kind}-{fault.phase}" if fault else "innocent"
    text = f"{mark}-{trap}-0123456789"
    match api:
        case "slack":
            fields = {"botToken": f"xoxb-{text}"}
        case "groq":
            fields = {"apiKey": f"gsk_{text}"}
        case _:
            fields = {"publicKey": "pk_live_sample", "secretKey": f"sk_live_{text}"}
    return Role(user, api, mark, delay_ms, fault, fields)


def innocents(roles: Iterable[Role]) -> Sequence[Role]:
    return [role for role in roles if role.fault is None]
