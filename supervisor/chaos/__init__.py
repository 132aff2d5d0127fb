"""The system's proof of itself: a seeded storm of faults over the whole of it, and a ledger kept outside."""

from supervisor.chaos.performance import main

__all__ = ["main"]
