"""The end of a worker's affairs: its death is judged and told, and what it had in hand is settled or shared out."""

from supervisor.blame import Blame
from supervisor.service import conduct, death
from supervisor.service.death import Case
from supervisor.service.desk import Desk
from supervisor.service.orders import Reports
from supervisor.telemetry import event


def of_worker(case: Case, desk: Desk, reports: Reports, now: float, plan: str) -> bool:
    """Whether it had been at work at all. `plan` is why it was retired, if it was."""
    settled, judged = conduct.inquest(case, reports.settle, now)
    _tell(case, judged, reports, plan)
    if case.hand.complaint:
        conduct.put_behind(case.flights, desk, now)
    else:
        death.share_out(case, judged, desk, reports.settle, reports.strikes, now)
    return settled > 0 or judged.shown is not None


def of_spare(case: Case, reports: Reports, plan: str) -> None:
    """It had nothing in hand."""
    _tell(case, conduct.MISCONDUCT if case.hand.complaint else death.of_spare(case), reports, plan)


def _tell(case: Case, judged: Blame, reports: Reports, plan: str) -> None:
    if case.retired:
        event("worker.retired", generation=case.hand.child.generation, pid=case.hand.child.pid, reason=plan)
    else:
        reports.died(death.certify(case, judged))
