"""What `explain` tells of a check, as facts: the same for a program and for a person.

The story is the word of the worker, which a credential may have taken over: what does not decode is no story, and
every text of it is shown like any other hostile text.
"""

import math
from datetime import UTC, datetime

from supervisor.assess import Status, trust_terms
from supervisor.cli.text import visible
from supervisor.store.rows import Explained
from workers.story import Asked, Left, Story, decode_story
from workers.words import MAX_INSTANT

Facts = dict[str, object]


def of(found: Explained) -> Facts:
    """One object a check; see docs/reference/commands.md."""
    story = decode_story(found.story) if found.story is not None and found.story_holds else None
    return {
        "user_id": found.user_id,
        "api": found.api,
        "environment": visible(found.environment),
        "verdict": _verdict(found),
        "row": _row(found),
        "story": None if story is None else _story(story),
        "trust": _trust(found),
        "next_due": found.next_due,
        "in_hand": found.in_hand,
        "expires_at": found.expires_at,
        "quarantine": _quarantine(found),
    }


def _verdict(found: Explained) -> Facts | None:
    """None before the first one. `stands_on`: the reason the status is kept from, where this look made no request."""
    if found.status is None:
        return None
    kept = found.judged if found.reason == "valid_unprobed" and found.judged else None
    return {
        "status": visible(found.status),
        "reason": found.reason,
        "fault": found.fault,
        "available": found.available,
        "configured": found.configured,
        "latency_ms": found.latency_ms,
        "message": None if found.message is None else visible(found.message),
        "error": None if found.error is None else visible(found.error),
        "checked_at": found.checked_at,
        "stands_on": kept,
    }


def _row(found: Explained) -> Facts:
    return {
        "credential_id": found.credential_id,
        "owner_id": found.owner_id,
        "scope": "global" if found.shared else "user",
        "why": _why(found),
        "stored_as": visible(found.stored_as),
        "alias": found.stored_as != found.api,
        "saved_at": found.saved_at,
        "passed_over": found.passed_over,
        "judged": found.judged_row == found.credential_id,
    }


def _why(found: Explained) -> str:
    if not found.active:
        return "the user is not active: nothing is checked for them"
    if found.fallback:
        return f"the user has no active row of their own and falls back to the global one of user {found.owner_id}"
    if found.shared:
        return f"the user's own: a global row of {found.api} serves nobody but its owner"
    return "the user's own"


def _story(story: Story) -> Facts:
    return {
        "fields": [visible(name) for name in story.fields],
        "requests": [_asked(one) for one in story.requests],
        "rule": visible(story.rule) or None,
        "source": visible(story.source) or None,
        "budgets": [_left(one) for one in story.budgets],
    }


def _asked(asked: Asked) -> Facts:
    return {
        "method": visible(asked.method),
        "host": visible(asked.host),
        "path": visible(asked.path),
        "headers": [visible(name) for name in asked.headers],
        "status": asked.status,
        "trouble": None if asked.trouble is None else visible(asked.trouble),
        "resolve_ms": asked.resolve_ms,
        "connect_ms": asked.connect_ms,
        "tls_ms": asked.tls_ms,
        "first_byte_ms": asked.first_byte_ms,
        "body_ms": asked.body_ms,
    }


def _left(left: Left) -> Facts:
    """`for_good`: not before the credential changes."""
    for_good = left.until >= MAX_INSTANT
    waits = 0 < left.until < MAX_INSTANT and math.isfinite(left.until)
    return {
        "name": visible(left.name),
        "tokens": left.tokens,
        "per_s": left.per,
        "until": datetime.fromtimestamp(left.until, UTC) if waits else None,
        "for_good": for_good,
    }


def _trust(found: Explained) -> Facts:
    recent = [Status(one) for one in found.recent if one in set(Status)]
    terms = [{"because": cause, "points": points} for cause, points in trust_terms(recent)]
    return {"score": found.trust_score, "newest_first": [one.value for one in recent], "minus": terms}


def _quarantine(found: Explained) -> Facts | None:
    if found.quarantined_at is None or not found.strikes_hold:
        return None
    return {"since": found.quarantined_at, "strikes": found.strikes, "signal": found.signal, "phase": found.phase}
