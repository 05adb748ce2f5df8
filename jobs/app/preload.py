"""What a fork server imports and warms before its first fork, so that a run starts with everything at hand."""

import logging
from pathlib import Path

from jobs.app.rehearsal import RehearsalFailed, rehearse
from jobs.kinds import all_kinds
from jobs.ports.store import StoreUnavailable
from jobs.venues import warm_up

_log = logging.getLogger("sja.preload")


def preload(home: Path) -> None:  # noqa: ARG001 - a home says nothing yet of what its runs need
    """Imports all that a run of any kind may need. Starts no thread, and leaves no client, file or socket open.

    Rehearses one run on a throw-away home; where that fails runs only start a little slower, and the log says so.
    """
    all_kinds()
    warm_up()
    try:
        rehearse()
    except (RehearsalFailed, StoreUnavailable, OSError):
        _log.warning("the rehearsal failed; runs will start a little slower", exc_info=True)
