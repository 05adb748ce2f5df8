"""What the system allows this process."""

import contextlib
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
