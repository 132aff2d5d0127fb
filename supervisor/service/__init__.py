"""The loop: wait for one thing, step the pure parts, carry out their effects. The only place that joins the rooms."""

from supervisor.service.daemon import run
from supervisor.service.database import open_store
from supervisor.service.once import CheckRequest, check

__all__ = ["CheckRequest", "check", "open_store", "run"]
