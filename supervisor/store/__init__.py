"""PostgreSQL, and nothing else of the house: the only room that knows SQL.

`Store` is one object for all threads; its statements are grouped by who calls them.
"""

from supervisor.store.budgets import Budgets
from supervisor.store.claims import START, Claims
from supervisor.store.incidents import IncidentRow, Incidents
from supervisor.store.migrate import WANTED, Schema
from supervisor.store.reads import Reads
from supervisor.store.results import Results
from supervisor.store.rows import (
    Change,
    Policy,
    Quarantined,
    Recorded,
    SchemaState,
    Selection,
    Snapshot,
    Stored,
    Transition,
)
from supervisor.store.statements import read_all as read_statements

__all__ = [
    "START",
    "WANTED",
    "Change",
    "IncidentRow",
    "Policy",
    "Quarantined",
    "Recorded",
    "SchemaState",
    "Selection",
    "Snapshot",
    "Store",
    "Stored",
    "Transition",
    "read_statements",
]


class Store(Schema, Claims, Results, Budgets, Incidents, Reads):
    """The database as the rest of the house sees it. Every error is a `HealthsupError`."""
