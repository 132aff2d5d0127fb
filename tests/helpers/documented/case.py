"""One documented answer and what must come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.helpers.dialogue import PRODUCTION, answer
from workers.verdict import Answered, Reply
from workers.wire import Reason

AGAINST_THE_TENANT = frozenset(
    {
        Reason.MISSING_FIELDS,
        Reason.INVALID_CREDENTIAL,
        Reason.EXPIRED,
        Reason.ACCOUNT_RESTRICTED,
        Reason.QUOTA_EXHAUSTED,
        Reason.INSUFFICIENT_SCOPE,
    }
)


@dataclass(frozen=True)
class Case:
    """`status`, `body` and `headers` are the answer that decides; `before` are those that came before it.

    `source` is where the answer is documented; `fields` are stored beside the provider's usual ones.
    """

    api: str
    says: str
    status: int
    body: object
    reason: Reason
    source: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    before: tuple[Answered, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    environment: str = PRODUCTION

    @property
    def reply(self) -> Reply:
        return answer(self.status, self.body, self.headers)

    @property
    def script(self) -> tuple[Answered, ...]:
        return (*self.before, self.reply)

    def __str__(self) -> str:
        return f"{self.api}: {self.status} {self.says}"
