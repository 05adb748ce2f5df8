"""What the operating system says of a process. Standard library alone on Linux, so that shims start fast and small."""

# Importing pathlib would cost every shim 5 ms.
# ruff: noqa: PTH123

import sys
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

IS_LINUX: "Final" = sys.platform == "linux"

Row = tuple[int, bool]
"""A process's start, in the unit of `Identity.start`, and whether it still runs (a zombie does not)."""


def look_up(pid: int) -> Row | None:
    """The process that has `pid` now; None when there is none."""
    return look_up_in_proc(pid) if IS_LINUX else look_up_with_psutil(pid)


@cache
def boot_id() -> str:
    """This boot of the machine.

    Off Linux a process's start is an absolute time, which already tells one boot's processes from another's, and the
    boot time the system reports moves whenever its clock is set; so the platform's name stands in.
    """
    if IS_LINUX:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    return sys.platform


def look_up_in_proc(pid: int) -> Row | None:
    """As `look_up`, by `/proc/PID/stat`."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            stat = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # Field 2 is the program's name in parentheses and may itself hold spaces and parentheses; no later field does.
    state, *fields = stat[stat.rindex(b")") + 2 :].split()
    return int(fields[18]), state not in (b"Z", b"X", b"x")


def look_up_with_psutil(pid: int) -> Row | None:
    """As `look_up`, wherever psutil runs."""
    import psutil  # noqa: PLC0415 - a shim on Linux has no use for it

    try:
        process = psutil.Process(pid)
        return int(process.create_time() * 1_000_000), process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
