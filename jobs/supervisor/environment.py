"""What surrounds a run's process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jobs.models.environments import harmless

RUN_MARK: Final = "SJA_RUN"
"""The environment variable that says, of a worker and all its children, which run they belong to."""

RUN_MARK_PLACEHOLDER: Final = "0" * 32
"""The mark of whoever forks workers: of no run, with room for a run id. The last variable of the environment."""


def worker_environment(surrounding: Mapping[str, str], home: Path) -> dict[str, str]:
    """What workers see: the harmless part of `surrounding`, where `jobs` is found from any directory, and the home."""
    return {
        **harmless(surrounding),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "SJA_HOME": str(home),
        "PYTHONUNBUFFERED": "1",
    }
