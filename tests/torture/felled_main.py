"""The real bot, started by the harness: it dies at a named point, or carries a planted bug, when it is told to."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

# Imported before anything is watched: a profiled import takes thrice as long.
import nonebot.adapters.onebot.v11  # noqa: E402, F401
import uvicorn  # noqa: E402, F401
from points_site import NTH, PLANTED, POINT, POINTS, fell_at  # noqa: E402

import bot  # noqa: E402
import jobs.app.bot  # noqa: E402, F401

if __name__ == "__main__":
    if planted := os.environ.get(PLANTED):
        from planted_site import BUGS

        BUGS[planted].plant()
    if point := os.environ.get(POINT):
        fell_at(POINTS[point], int(os.environ[NTH]))
    bot.main()
