"""What a process says of itself: the marks that a run's worker, and all it starts, carry in their environment."""

import psutil

from jobs.models.ids import RunId
from jobs.models.run import Identity
from jobs.supervisor.environment import RUN_MARK


def works_for(process: Identity | None, run_id: RunId) -> bool:
    """Whether the process carries the mark of this run. Files can be forged or restored; whoever is to be ended on the
    word of a file alone must say the same himself."""
    if process is None:
        return False
    try:
        return psutil.Process(process.pid).environ().get(RUN_MARK) == run_id
    except (psutil.Error, OSError):
        return False
