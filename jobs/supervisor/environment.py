"""What surrounds a run's process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jobs.models.environments import RUN_MARK, harmless

__all__ = ["RUN_MARK", "RUN_MARK_PLACEHOLDER", "worker_environment"]

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
