"""The very worker that our engine starts, for others to start: what it is handed, and `Popen` of it."""

import os
import subprocess

import msgspec
from house import House

from jobs.app.run import Handover
from jobs.app.wiring import WORKER
from jobs.models.ids import Epoch, RunId
from jobs.models.job import Job
from jobs.supervisor.environment import worker_environment
from jobs.venues import ProviderConfig


def payload_of(house: House, job: Job) -> bytes:
    """A hand-over as the engine makes it, for a run that the store does not know: its first line comes all the same."""
    provider = ProviderConfig(name="demo", base_url=house.settings.sja_sjtu_base_url, home=str(house.home))
    return msgspec.json.encode(
        Handover(
            home=str(house.home),
            job_id=job.id,
            run_id=RunId("0" * 32),
            epoch=Epoch(1),
            zone=house.settings.sja_timezone,
            min_interval_seconds=1,
            provider=provider,
        )
    )


def shell_line(house: House, job: Job) -> str:
    """A line for /bin/sh that becomes the worker of this job."""
    payload = house.home / f"payload-{job.id}.json"
    payload.write_bytes(payload_of(house, job))
    return f"exec {' '.join(WORKER)} <{payload} >>{house.log(job).path} 2>&1"


def popen(house: House, job: Job) -> subprocess.Popen[bytes]:
    """Starts the worker directly: what any program that starts a process per job does."""
    with house.log(job).path.open("ab") as out:
        worker = subprocess.Popen(
            WORKER,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            cwd=house.home,
            env=worker_environment(os.environ, house.home),
            start_new_session=True,
        )
    assert worker.stdin is not None
    worker.stdin.write(payload_of(house, job))
    worker.stdin.close()
    return worker
