"""Starts the demo platform where it does not run yet, for the bot and for the command line."""

import os
import socket
import sys
import time
from typing import Final

from jobs.config import Settings
from jobs.supervisor.portable import worker_environment
from jobs.venues.demo.files import last_port
from jobs.venues.demo.process import ensure

COMMAND: Final = (sys.executable, "-P", "-m", "jobs", "demo-platform")

_PATIENCE_SECONDS: Final = 10.0
_LOOK_EVERY_SECONDS: Final = 0.05


def start_demo_platform(settings: Settings) -> None:
    """Takes milliseconds, and does not wait for it. It leaves by itself when nobody has asked it for a while."""
    home = settings.sja_home
    ensure(
        home,
        seed=settings.sja_demo_seed,
        period_seconds=settings.sja_demo_period_seconds,
        release=settings.sja_demo_release,
        command=COMMAND,
        environment=worker_environment(os.environ, home),
    )


def await_demo_platform(settings: Settings) -> None:
    """Starts it, and returns when it can be asked: a second at the first time. Whether it can, its client finds out."""
    start_demo_platform(settings)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and not _listens(last_port(settings.sja_home)):
        time.sleep(_LOOK_EVERY_SECONDS)


def _listens(port: int) -> bool:
    if not port:
        return False
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_LOOK_EVERY_SECONDS):
            return True
    except OSError:
        return False
