"""The process of one run: reads what it shall do from its standard input, does it, says how it went.

Forked by the warden, or started by a shim as `python -m jobs.worker`; with nothing on its standard input it does
nothing, and says that it may be tried again.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from jobs.models.run import EXIT_TEMPORARY
from jobs.supervisor.limits import forbid_cores
from jobs.supervisor.orphan import write_own_end

_OOM_SCORE: Final = b"500"
"""Of -1000 to 1000: where memory runs out, a run goes before the bot (0) does."""


def main() -> int:
    """Exit codes: 0 done, 1 failed, 75 failed but worth a retry, 76 another copy runs already; a signal: by it."""
    forbid_cores()
    payload = sys.stdin.buffer.read()
    if not payload:
        return EXIT_TEMPORARY
    _stand_back(msgspec.json.decode(payload, type=_Urgency).armed)
    from jobs.app.run import carry_out  # noqa: PLC0415 - an empty hand-over must cost nothing

    return carry_out(payload)


class _Urgency(Struct):
    """What of a hand-over decides how a run is treated by the system."""

    armed: bool = False


def _stand_back(armed: bool) -> None:
    """A hundred runs that start at one instant must leave the bot enough of the cores to answer people.

    But one that waits for an instant must not be kept waiting at it; until then it does next to nothing. If there is
    nothing left to wait for it stands back by itself.
    """
    if hasattr(os, "nice") and not armed:
        os.nice(10)
    # Not on this system, or not allowed: then the kernel chooses by itself.
    with suppress(OSError), Path("/proc/self/oom_score_adj").open("wb", buffering=0) as score:
        score.write(_OOM_SCORE)


if __name__ == "__main__":
    code = main()
    write_own_end(code)
    sys.exit(code)
