"""What is thrown at the system, and what must come of it. Pure.

Faults from inside are a credential's: `workers.faults` reads them in the decrypted text. Those from outside are
signals, and a knife to the database's connections.
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from workers.wire import Phase, Reason

SENT: Final = "sent"
"""Not a phase: right after the answer was handed over, when the check is done."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`expected` is the reason that must be stored for a check that carries it; `named`: its death names it at once."""

    kind: str
    phase: str
    expected: Reason
    named: bool

    def __str__(self) -> str:
        return f"{self.kind} in {self.phase}" if self.guilty else f"{self.kind} right after sent"

    @property
    def guilty(self) -> bool:
        """Whether a death may be put down to a check that carries it."""
        return self.phase != SENT

    @property
    def hangs(self) -> bool:
        return self.expected is Reason.DEADLINE


_PHASES: Final = (Phase.DECRYPT, Phase.VALIDATE, Phase.CONNECT, Phase.PROBE, Phase.REPORT)
_Q: Final = Reason.QUARANTINED
_CRASHES: Final = ("segv", "abort", "bus", "ill", "fpe", "drop", "bloat")
FAULTS: Final = (
    *(Fault(kind, phase, _Q, named=True) for kind in _CRASHES for phase in _PHASES),
    *(Fault(kind, phase, _Q, named=False) for kind in ("exit", "kill") for phase in _PHASES),
    *(Fault(kind, SENT, Reason.OK, named=False) for kind in ("segv", "abort", "kill", "exit", "drop")),
)
HANGS: Final = tuple(
    Fault(kind, phase, Reason.DEADLINE, named=False)
    for kind in ("hang", "stop")
    for phase in (Phase.DECRYPT, Phase.PROBE)
)
"""Apart from the others: each costs the seconds of a deadline, twice."""


@unique
class Blow(StrEnum):
    """What comes from outside. The value is what the table calls it."""

    ACTIVE = "a signal to the worker"
    SPARE = "a signal to the spare"
    BOTH = "SIGKILL to worker and spare"
    ZYGOTE = "a signal to the zygote"
    BOOTING = "SIGKILL to a worker that boots"
    FROZEN = "SIGSTOP to the spare"
    CUT = "every database connection cut"
    IDLE = "a signal to an idle worker"


BLOWS: Final = {
    Blow.ACTIVE: 8, Blow.SPARE: 2, Blow.BOTH: 2, Blow.ZYGOTE: 2, Blow.BOOTING: 2, Blow.FROZEN: 0.3, Blow.CUT: 2
}  # fmt: skip
"""How often each is planned beside the others."""

SIGNALS: Final = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGKILL", "SIGKILL", "SIGTERM")
