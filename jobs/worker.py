"""The process of one run: reads what it shall do from its standard input, does it, says how it went.

Started by a launcher as `python -m jobs.worker`; with nothing on its standard input it does nothing.
"""

import os
import sys


def main() -> int:
    """Exit codes: 0 done, 1 failed, 75 failed but worth a retry, 76 another copy runs already; a signal: by it."""
    payload = sys.stdin.buffer.read()
    if not payload:
        return 0
    if hasattr(os, "nice"):
        # A hundred runs that start at one instant must leave the bot enough of the cores to answer people.
        os.nice(5)
    from jobs.app.run import carry_out  # noqa: PLC0415 - an empty hand-over must cost nothing

    return carry_out(payload)


if __name__ == "__main__":
    sys.exit(main())
