"""The private directory, and the local socket through which commands speak to a running `run`."""

from supervisor.control.directory import candidates, find_running, prepare
from supervisor.control.talk import Server, ask

__all__ = ["Server", "ask", "candidates", "find_running", "prepare"]
