"""Did every check end in exactly one stored outcome, and was nobody blamed but who did it? Pure.

Beside each other: what was due, what the marketplace was asked, what the database's own triggers noted down, and the
rows of `crashes`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from supervisor.blame import Judgement
from supervisor.chaos.cast import Role
from supervisor.store.witness import Buried, Evidence
from workers.wire import Reason

_SHOWN: Final = 20  # complaints that are kept
_BLAMING: Final = {Judgement.CHECK.value, Judgement.DEADLINE.value}


@dataclass(frozen=True, slots=True)
class Ledger:
    """`complaints` say in words what the four numbers count; `jobs` are the checks that were handed out."""

    jobs: int = 0
    lost: int = 0
    stored_twice: int = 0
    misblamed: int = 0
    innocents_failed: int = 0
    complaints: tuple[str, ...] = field(default=())

    def __add__(self, other: "Ledger") -> "Ledger":
        return Ledger(
            self.jobs + other.jobs,
            self.lost + other.lost,
            self.stored_twice + other.stored_twice,
            self.misblamed + other.misblamed,
            self.innocents_failed + other.innocents_failed,
            (*self.complaints, *other.complaints)[:_SHOWN],
        )

    @property
    def clean(self) -> bool:
        return not (self.lost or self.stored_twice or self.misblamed or self.innocents_failed)


def reckon(due: Mapping[int, Role], evidence: Sequence[Evidence], asked: Mapping[str, int]) -> Ledger:
    """A finished round: `due` by check, `asked` by mark."""
    told = {one.check: one for one in evidence}
    ledger = Ledger(jobs=len(due))
    for check, role in due.items():
        ledger += _of_check(role, told.get(check), asked.get(role.mark, 0))
    return ledger


def _of_check(role: Role, told: Evidence | None, asked: int) -> Ledger:
    name = f"{role.user} {role.api} ({_kind(role)})"
    if told is None or not (told.stored and told.verdicts and told.snapshots) or told.leased:
        return Ledger(lost=1, complaints=(f"{name}: no outcome was stored",))
    ledger = Ledger()
    again = max(told.stored, told.verdicts, told.snapshots) - 1
    if again:
        ledger += Ledger(stored_twice=again, complaints=(f"{name}: stored {again + 1} times",))
    if told.reason == Reason.OK and not asked:
        ledger += Ledger(stored_twice=1, complaints=(f"{name}: an outcome for which nobody was asked",))
    expected = role.fault.expected if role.fault else Reason.OK
    strikes = told.strikes or told.quarantined
    if role.fault is None and (told.reason != expected or strikes):
        complaint = f"{name}: {told.reason} ({told.strikes} strikes, phase {told.phase})"
        return ledger + Ledger(innocents_failed=1, complaints=(complaint,))
    if role.fault and (told.reason != expected or (role.fault.guilty and told.phase != role.fault.phase)):
        complaint = f"{name}: {told.reason} ({told.strikes} strikes, phase {told.phase}), not {expected}"
        return ledger + Ledger(misblamed=1, complaints=(complaint,))
    return ledger


def _kind(role: Role) -> str:
    return str(role.fault or "innocent")


def reckon_deaths(
    rows: Sequence[Buried],
    roles: Mapping[tuple[int, str], Role],
    told: Counter[int],
    complaints: Mapping[int, str] = MappingProxyType({}),
) -> Ledger:
    """Every row of `crashes`; `roles` by (user id, api), `told` are the deaths by generation as the log told them."""
    ledger = Ledger()
    for row in rows:
        if row.judgement in _BLAMING:
            role = roles.get((row.user or 0, row.api or ""))
            if complaint := _wrongly(row, role):
                ledger += Ledger(misblamed=1, complaints=(complaint,))
        elif row.judgement == Judgement.PROTOCOL:
            what = complaints.get(row.generation, "the log does not say how")
            complaint = f"worker {row.generation} is said to have broken the contract: {what}"
            ledger += Ledger(misblamed=1, complaints=(complaint,))
    stored = Counter(row.generation for row in rows)
    for generation in told | stored:
        missing, again = told[generation] - stored[generation], stored[generation] - told[generation]
        if missing > 0:
            ledger += Ledger(lost=missing, complaints=(f"the death of worker {generation} was not stored",))
        if again > 0:
            ledger += Ledger(stored_twice=again, complaints=(f"the death of worker {generation} was stored again",))
    return ledger


def _wrongly(row: Buried, role: Role | None) -> str | None:
    what = f"worker {row.generation}, {row.signal or row.exit_code} in {row.phase}, judged {row.judgement}"
    if role is None:
        return f"{what}: nobody is named"
    fault = role.fault
    if fault is None or not fault.guilty:
        return f"{what}: blamed is {role.user} {role.api} ({_kind(role)})"
    if fault.hangs != (row.judgement == Judgement.DEADLINE) or row.phase != fault.phase:
        return f"{what}: {role.user} {role.api} did something else ({_kind(role)})"
    return None


def with_history(ledger: Ledger, repeated: int) -> Ledger:
    """Rows of the history that are no change are outcomes stored again."""
    if not repeated:
        return ledger
    return ledger + Ledger(stored_twice=repeated, complaints=(f"{repeated} rows of the history are no change",))


def never_ended(ledger: Ledger, due: Iterable[Role], cause: str) -> Ledger:
    """The system ended in the middle: what was due and not stored is lost."""
    roles = list(due)
    return replace(ledger, jobs=ledger.jobs + len(roles)) + Ledger(lost=max(1, len(roles)), complaints=(cause,))
