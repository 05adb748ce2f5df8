"""Whether anybody still writes to a file."""

import signal
import sys
from typing import BinaryIO

if sys.platform == "linux":
    import fcntl


def is_being_written(file: BinaryIO) -> bool | None:
    """Whether any process has the file open for writing; None where the system cannot tell.

    `file` is open for reading, and of our own user. Linux grants a read lease only on a file that nobody has open for
    writing; it is given back at once. Somebody who opens the file within that instant waits for it, and the signal
    that tells us so is one that a process ignores unless it asks for it (the usual SIGIO would end it).
    """
    if sys.platform != "linux":
        return None
    try:
        fcntl.fcntl(file.fileno(), fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file.fileno(), fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        # EINVAL, ENOLCK, EACCES: a file system without leases, or somebody else's file.
        return None
    fcntl.fcntl(file.fileno(), fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
