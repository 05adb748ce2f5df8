"""`jobs.json`: the store in the original program's format, for people and for rescue."""

from pathlib import Path
from typing import Any

import msgspec

from jobs.models.job import AS_USUAL, Job
from jobs.models.run import Run
from jobs.ports.store import Store
from jobs.store.files import Places, needing_files, write_whole


def mirror_of(store: Store) -> bytes:
    """The JSON object `{job id: entry}`, indented, of all jobs that are not deleted."""
    entries = {job.id: _entry(job, store.runs.last_of(job.id)) for job in store.jobs.select()}
    return msgspec.json.format(msgspec.json.encode(entries), indent=2) + b"\n"


def write_mirror(store: Store, home: Path) -> None:
    """Replaces `home/jobs/jobs.json`, atomically and 0600. Raises `StoreUnavailable`; the old one is whole then.

    Does nothing in a home no bot has opened yet: a `jobs.json` there is still to be imported.
    """
    places = Places(home)
    if not places.was_adopted:
        return
    with needing_files("写入 jobs.json "):
        write_whole(places.mirror, mirror_of(store))


def _entry(job: Job, run: Run | None) -> dict[str, Any]:
    worker = run.worker if run is not None and run.is_open else None
    return {
        "job_id": job.id,
        "job_type": job.kind,
        "name": job.name,
        "status": job.status,
        "created_at": job.created_at,
        "started_at": None if run is None else run.started_at,
        "stopped_at": None if run is None else run.ended_at,
        "pid": None if worker is None else worker.pid,
        "config": job.config,
        "error_message": job.reason or None,
        "logs": [],
        "number": job.number,
        "owner": job.owner,
        "origin": job.origin,
        "recurrence": job.recurrence,
        "punctuality": job.punctuality,
        "lock": job.lock,
        "next_at": job.next_at,
        "last_result": job.last_result,
        "telling": None if job.telling == AS_USUAL else job.telling,
    }
