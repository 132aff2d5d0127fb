"""What is said about the work: log lines as events with facts."""

from supervisor.telemetry.log import EVENT_FIELDS, configure, event, printable

__all__ = ["EVENT_FIELDS", "configure", "event", "printable"]
