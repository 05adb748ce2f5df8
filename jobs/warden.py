"""The process that forks, keeps and reaps the runs of one home. Started by the bot: `python -P -m jobs.warden`."""

import sys
from pathlib import Path

from jobs import worker
from jobs.app.preload import preload
from jobs.supervisor.limits import forbid_cores
from jobs.supervisor.warden.server import serve


def main() -> int:
    """Arguments: the home, and the generation of the program that is to run. Exit code 3: the home has a warden."""
    forbid_cores()
    home, generation = Path(sys.argv[1]), sys.argv[2]
    return serve(home, generation, work=worker.main, preload=lambda: preload(home))


if __name__ == "__main__":
    sys.exit(main())
