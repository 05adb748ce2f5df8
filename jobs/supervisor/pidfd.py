"""How a process ended, from a descriptor of it: Linux 6.15 and later tell that to everybody, once it was reaped."""

import asyncio
import os
import struct
import sys
from typing import Final

from jobs.models.run import UNSEEN_EXIT, Exit

if sys.platform == "linux":
    import fcntl

FIRST_PAUSE_SECONDS: Final = 0.0005
LONGEST_PAUSE_SECONDS: Final = 0.05
"""Between two looks whether it was reaped."""

# Of linux/pidfd.h.
_PIDFD_GET_INFO: Final = 0xC040FF0B
_PIDFD_INFO_EXIT: Final = 1 << 3
_INFO: Final = struct.Struct("QQ11Ii")
"""`struct pidfd_info`: mask, cgroup, pid, thread group, parent, eight ids, exit status as of wait(2)."""
_PARENT: Final = 4


async def exit_behind(pidfd: int, patience_seconds: float) -> Exit:
    """The exit of a process that has ended; `UNSEEN_EXIT` where the kernel does not tell, or nobody reaps it in time.

    Of this process's own children there is nothing to wait for: it is for their parent to reap them.
    """
    pause_seconds, waited_seconds = FIRST_PAUSE_SECONDS, 0.0
    while (found := _look(pidfd)) is None and waited_seconds < patience_seconds:
        await asyncio.sleep(pause_seconds)
        waited_seconds += pause_seconds
        pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
    return found or UNSEEN_EXIT


def _look(pidfd: int) -> Exit | None:
    """None: it was not reaped yet."""
    if sys.platform != "linux":
        return UNSEEN_EXIT
    answer = bytearray(_INFO.pack(_PIDFD_INFO_EXIT, *([0] * 13)))
    try:
        fcntl.ioctl(pidfd, _PIDFD_GET_INFO, answer)
    except OSError:
        # ENOTTY, EINVAL: an older kernel. ESRCH: reaped, and nothing was kept.
        return UNSEEN_EXIT
    fields = _INFO.unpack(answer)
    if fields[0] & _PIDFD_INFO_EXIT:
        code = os.waitstatus_to_exitcode(fields[-1])
        return Exit(code=code) if code >= 0 else Exit(signal=-code)
    return UNSEEN_EXIT if fields[_PARENT] == os.getpid() else None
