"""Slack, by an incoming webhook or a bot: the stored fields, of which one of the two must be there."""

from typing import Final

from workers.provider import Context, Field, Fields, Provider
from workers.verdict import Verdict
from workers.wire import Reason

_NEITHER: Final = Verdict(Reason.MISSING_FIELDS, "neither webhookUrl nor botToken is stored; save one of them")


def _validate(fields: Fields, _context: Context) -> Verdict | None:
    return None if "webhookUrl" in fields or "botToken" in fields else _NEITHER


PROVIDER: Final = Provider(
    "slack",
    (
        Field("webhookUrl", required=False),
        Field("botToken", required=False),
        Field("channel", required=False),
    ),
    validate=_validate,
)
