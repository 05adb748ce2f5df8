"""Programs that use a store beside the test, each in a process of its own: `python store_processes.py WHAT HOME …`."""

import os
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace
from store_examples import AT, MINUTE, ToldClock, a_booking, a_job

from jobs.models.change import Change, Event, Inbound, Occurrence, OccurrenceStatus
from jobs.models.ids import JobId
from jobs.ports.store import Conflict, Store
from jobs.store.opening import open_beside


def start(what: str, home: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Starts one of the programs; its answers come line by line."""
    here = Path(__file__)
    command = [sys.executable, str(here), what, str(home), *arguments]
    root = here.parents[2]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, cwd=root, env=_env(root))


def _env(root: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(root)}


def count_up(store: Store, job_id: str, times: str) -> None:
    """Adds one to a number in the job's configuration, so many times, deciding again after every conflict."""
    done = 0
    while done < int(times):
        job = store.jobs.get(JobId(job_id))
        assert job is not None
        try:
            store.apply(Change(jobs=(replace(job, config={"n": job.config["n"] + 1}),)))
        except Conflict:
            continue
        done += 1
    print("done", flush=True)


def claim(store: Store, job_id: str, instants: str) -> None:
    """Tries to claim each of so many instants; tells which it won."""
    sys.stdin.readline()
    for index in range(int(instants)):
        occurrence = Occurrence(job_id=JobId(job_id), scheduled_at=AT + index * MINUTE, status=OccurrenceStatus.RUNNING)
        try:
            store.apply(Change(claims=(occurrence,)))
        except Conflict:
            continue
        print(index, flush=True)


def intend(store: Store, slots: str) -> None:
    """Tries to write the intent for each of so many slots; tells which it may ask for."""
    sys.stdin.readline()
    for index in range(int(slots)):
        try:
            store.apply(Change(bookings=(a_booking(slot_key=str(index)),)))
        except Conflict:
            continue
        print(index, flush=True)


def create(store: Store) -> None:
    """Creates jobs for ever, telling each id only when it is stored; each with an event, a booking and an answered
    message."""
    while True:
        job = a_job(id=JobId(uuid.uuid4().hex[:12]))
        inbound = Inbound(self_id="1", message_id=job.id, received_at=AT)
        event, booking = Event(job_id=job.id, type="created", at=AT), a_booking(slot_key=job.id, job_id=job.id)
        store.apply(Change(jobs=(job,), events=(event,), bookings=(booking,), inbound=inbound))
        print(job.id, flush=True)


def main() -> None:
    what, home, *arguments = sys.argv[1:]
    programs = {"count_up": count_up, "claim": claim, "create": create, "intend": intend}
    if what == "open":
        open_beside(Path(home), ToldClock()).close()
        return
    with closing(open_beside(Path(home), ToldClock())) as store:
        programs[what](store, *arguments)


if __name__ == "__main__":
    main()
