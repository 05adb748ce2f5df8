"""A worker whose keeper was killed writes down its own end, so that it is known although nobody reaps it."""

import json
import os
from pathlib import Path

from jobs.supervisor.claims import spell_identity
from jobs.supervisor.journal import exit_line, write_durably


def write_own_end(code: int) -> None:
    """Said by a run's process just before it ends by itself: with exit code `code`, or by the signal minus `code`.

    Does nothing while the keeper lives, outside a run, and for a run that is on record as another's. A line written
    twice is settled once. A disk that refuses it is told in the run's log.
    """
    home, run = os.environ.get("SJA_HOME"), os.environ.get("SJA_RUN")
    if not home or not run:
        return
    try:
        file = json.loads(Path(home, "run", f"{run}.json").read_bytes())
        keeper, worker = file["keeper"], file["worker"]
        if worker is None or worker["pid"] != os.getpid() or keeper["pid"] == os.getppid():
            return
        if worker == spell_identity(os.getpid()):
            write_durably(home, exit_line(run, worker, code))
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        # ValueError, KeyError, TypeError: the file is torn, or no run's.
        print(f"the end of this run could not be written down: {trouble!r}", flush=True)
