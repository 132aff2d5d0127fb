"""What demo and chaos both stand on: premises of their own, a daemon that dies with them, signals, progress."""

from supervisor.stage.daemon import HEALTHSUP, Daemon, Event, command
from supervisor.stage.interruption import Interruption
from supervisor.stage.premises import Premises, configure, premises
from supervisor.stage.progress import Progress

__all__ = [
    "HEALTHSUP",
    "Daemon",
    "Event",
    "Interruption",
    "Premises",
    "Progress",
    "command",
    "configure",
    "premises",
]
