"""What a fork server imports and warms before its first fork, so that a run starts with everything at hand."""

from pathlib import Path


def preload(home: Path) -> None:  # noqa: ARG001 - the warm-up poll comes with the lean workers
    """Imports all that a run of any kind may need. Starts no thread, and leaves no client, file or socket open."""
    import jobs.app.run  # noqa: F401, PLC0415
