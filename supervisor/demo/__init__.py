"""The whole system in one command, on a database of its own: sample users, a stand-in marketplace, one SIGSEGV."""

from supervisor.demo.cast import FEWEST, USUAL
from supervisor.demo.performance import main

__all__ = ["FEWEST", "USUAL", "main"]
