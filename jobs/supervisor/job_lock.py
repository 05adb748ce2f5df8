"""The right to be a job's one live run."""

from pathlib import Path

from jobs.models.ids import JobId, is_job_id
from jobs.supervisor.kernel_lock import KernelLock, take


def hold_job_lock(home: Path, job_id: JobId) -> KernelLock | None:
    """The right to be the job's one live run; None when another live process has it. Never waits.

    A run takes it before it does anything else. Raises `ValueError` for an id that may not become a file name.
    """
    if not is_job_id(job_id):
        raise ValueError(f"not a job id: {job_id!r}")
    directory = home / "lock"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return take(directory / job_id)
