"""The simulator's process as the application would start it, for the tests."""

import sys
import time
from datetime import UTC, datetime

from jobs.models.errors import Refusal
from jobs.venues.demo.command import serve_arguments


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


try:
    serve_arguments(sys.argv[1:], clock=SystemClock())
except Refusal as refusal:
    sys.exit(refusal.sentence)
