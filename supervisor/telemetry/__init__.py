"""What is said about the work: log lines as events with facts, and the service manager's few words."""

from supervisor.telemetry.journal import stderr_is_the_journal
from supervisor.telemetry.log import EVENT_FIELDS, configure, event, printable
from supervisor.telemetry.manager import Manager

__all__ = ["EVENT_FIELDS", "Manager", "configure", "event", "printable", "stderr_is_the_journal"]
