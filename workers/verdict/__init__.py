"""What came back from a provider, and what is said of it. Pure: no clock, no socket.

The general rules here hold for every provider; what a provider documents about its own answers is in its file.
"""

from workers.verdict.body import Body, json_object, number_at, object_at, text_at, truth_at, value_at
from workers.verdict.clock import clock_off, clock_skew
from workers.verdict.outcome import Answered, Failure, Reply, Trouble, Verdict
from workers.verdict.rules import is_page, judge, of_another, of_failure, of_reply, unrecognised
from workers.verdict.stored import instant, jwt_end, switched_on

__all__ = [
    "Answered",
    "Body",
    "Failure",
    "Reply",
    "Trouble",
    "Verdict",
    "clock_off",
    "clock_skew",
    "instant",
    "is_page",
    "json_object",
    "judge",
    "jwt_end",
    "number_at",
    "object_at",
    "of_another",
    "of_failure",
    "of_reply",
    "switched_on",
    "text_at",
    "truth_at",
    "unrecognised",
    "value_at",
]
