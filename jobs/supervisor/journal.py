"""Writing the journal of ends, `exits.log`; `exits.ExitLog` reads it. Standard library alone, for shims."""

# Importing pathlib would cost every shim 5 ms.
# ruff: noqa: PTH118

import os
import time

from jobs.supervisor.claims import spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def exit_line(run: str, worker: "dict[str, Any] | None", code: int) -> bytes:
    """An `ExitLine` of a run that ends now; `code` is the exit code, or minus the signal."""
    ended = {"code": code, "signal": None} if code >= 0 else {"code": None, "signal": -code}
    # The one clock reading outside the clock: a process of its own has nobody to ask.
    return spell({"run": run, "worker": worker, "exit": ended, "at": time.time()})


def write_durably(home: str, lines: bytes) -> None:
    """Appends whole lines in one write and has them on the disk when it returns.

    Raises `OSError`: some of them may be there, and one cut short; written again, they are read once more, harmlessly.
    """
    path = os.path.join(home, "exits.log")
    fd = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        if os.write(fd, lines) < len(lines):
            raise OSError(f"{path}: cut short")
        getattr(os, "fdatasync", os.fsync)(fd)
    finally:
        os.close(fd)
