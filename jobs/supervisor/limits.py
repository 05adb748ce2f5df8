"""What the system allows this process."""

import sys

if sys.platform != "win32":
    import resource


def allow_many_descriptors() -> None:
    """Raises the soft limit of open files to the hard one: the bot holds a descriptor for every live run."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
