"""The real bot, started by the campaign: it tries again soon, and carries a planted bug when it is told to."""

import os
import sys
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from drops_bugs_site import BUGS, PLANTED  # noqa: E402

import bot  # noqa: E402
import jobs.outbox  # noqa: E402


def hurry() -> None:
    """Nobody learns anything from waiting: a hundredth of the outbox's times."""
    for name, value in {
        "_LOOK_EVERY_SECONDS": 0.1,
        "_FIRST_RETRY": timedelta(seconds=0.05),
        "_LONGEST_RETRY": timedelta(seconds=0.5),
    }.items():
        assert hasattr(jobs.outbox, name)
        setattr(jobs.outbox, name, value)


if __name__ == "__main__":
    hurry()
    if planted := os.environ.get(PLANTED):
        BUGS[planted].plant()
    bot.main()
