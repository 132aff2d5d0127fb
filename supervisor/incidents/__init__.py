"""Many failing alike → one incident. Pure; every time is seconds of one monotonic clock.

One tenant that fails is a credential. Tenants of one provider that fail alike are that provider's incident, opened
once and closed by recovery. When nobody answers at all it is our own way out, and nobody's fault but ours. Only what
concerns the way to a provider is evidence: a documented refusal says that the provider is there.
"""

from supervisor.incidents.book import Book
from supervisor.incidents.words import DOWN, NO_WAY, Change, Heard, Incident, Kind, Policy, Sign, sign

__all__ = ["DOWN", "NO_WAY", "Book", "Change", "Heard", "Incident", "Kind", "Policy", "Sign", "sign"]
