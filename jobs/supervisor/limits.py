"""What the system allows this process."""

import contextlib
import errno
import os
import sys

if sys.platform != "win32":
    import resource


def allow_many_descriptors() -> None:
    """Raises the soft limit of open files to the hard one: the bot holds a descriptor for every live run."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        # macOS calls its limit infinite and refuses to set it so; what it started with will have to do there.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def forbid_cores() -> None:
    """From now on a crash of this process, and of what it starts, leaves no image of its memory, with the passwords and
    sessions in it, on a disk. A command that somebody runs as a job may allow itself one again."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def is_out_of_descriptors(error: OSError) -> bool:
    """Whether this process (EMFILE) or the whole machine (ENFILE) has no descriptor left."""
    return error.errno in (errno.EMFILE, errno.ENFILE)


def descriptors_left() -> int | None:
    """How many files this process can still open, nearly; None where nobody can tell."""
    if sys.platform == "win32":
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        lowest_free = os.open(os.devnull, os.O_RDONLY)
    except OSError as error:
        if not is_out_of_descriptors(error):
            raise
        return 0
    os.close(lowest_free)
    return max(soft - lowest_free, 0)
