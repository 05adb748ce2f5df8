"""The oracle: reads only what anybody outside can see, and says what must not be."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from model_site import Known, misfits
from processes_site import ProcessTable, Worker, lock_holders

from jobs.cli.onebot import Posted
from jobs.models.run import EXIT_SECOND_COPY

_TOLD: Final = re.compile(
    r"^(?P<tag>（补发）)?(?P<icon>🎾|✅|❌) #(?P<number>\d+) (?P<name>\S+) (?P<what>现有空场|已完成|失败)"
)

_ENDS: Final = {"completed": "已完成", "failed": "失败"}


class Strike:
    """A worker that was sent a deadly signal; `is_sure`: nothing else can have ended it, and its keeper lived."""

    def __init__(self, worker: Worker, number: int, *, is_sure: bool) -> None:
        self.worker = worker
        self.number = number
        self.is_sure = is_sure


def unsettled(home: Path, jobs: Sequence[Known], listing: Sequence[dict[str, Any]], table: ProcessTable) -> list[str]:
    """What must be put right within five seconds of a start; empty when all is as it should be."""
    workers = table.workers()
    return [*misfits(jobs, listing), *_unlike_processes(home, listing, workers)]


def _unlike_processes(home: Path, listing: Sequence[dict[str, Any]], workers: Sequence[Worker]) -> Iterator[str]:
    by_job = {worker.job: worker for worker in workers}
    shown = {row["id"]: row for row in listing}
    if len(by_job) < len(workers):
        yield f"two workers of one job: {workers}"
    for worker in workers:
        row = shown.get(worker.job)
        if row is None or row["status"] != "running" or row["pid"] != worker.pid:
            state = row and (row["status"], row["pid"])
            yield f"orphan: {worker} lives, its job is shown as {state}"
    holders = lock_holders(home)
    for row in listing:
        if row["status"] != "running":
            continue
        worker = by_job.get(row["id"])
        if worker is None:
            yield f"{row['name']} is shown running as {row['pid']}, and no worker of it lives"
        elif holders.get(row["id"]) != [worker.pid]:
            yield f"{row['name']}: its lock is held by {holders.get(row['id'])}, its worker is {worker.pid}"


def violations(home: Path, jobs: Sequence[Known], table: ProcessTable, said: Sequence[Posted]) -> list[str]:
    """What must never be, at any instant."""
    return [
        *table.lasting_doubles(),
        *_in_journal(home),
        *(
            f"{job.name} has had {len(table.runs_of[job.id])} runs: {job.asked} asked for, {job.all_kills} kills"
            for job in jobs
            if job.id is not None and len(table.runs_of[job.id]) > job.asked + job.all_kills
        ),
        *_told_too_often(jobs, said),
        *(f"an internal error was shown: {posted.text}" for posted in said if "内部错误" in posted.text),
    ]


def journal(home: Path) -> list[dict[str, Any]]:
    """The whole lines of `exits.log` that can be read."""
    path = home / "exits.log"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def _in_journal(home: Path) -> Iterator[str]:
    lines = [line for line in journal(home) if line["worker"] is not None]
    for (run, pid), count in Counter((line["run"], line["worker"]["pid"]) for line in lines).items():
        if count > 1:
            yield f"the end of run {run} ({pid}) was written {count} times"
    for line in lines:
        if line["exit"]["code"] == EXIT_SECOND_COPY:
            yield f"a second copy was started: {line}"


def untrue_exits(home: Path, strikes: Sequence[Strike]) -> list[str]:
    """Ends that a living keeper saw and that the journal does not tell as they were."""
    ends = {(line["worker"]["pid"], line["worker"]["start"]): line["exit"] for line in journal(home) if line["worker"]}
    wrong: list[str] = []
    for strike in strikes:
        if not strike.is_sure:
            continue
        end = ends.get((strike.worker.pid, strike.worker.start))
        if end is None or end["signal"] != strike.number:
            wrong.append(f"{strike.worker} was ended by signal {strike.number}, exits.log says {end}")
    return wrong


def told(said: Sequence[Posted]) -> Counter[tuple[str, str, bool]]:
    """How often each thing was told of each job (by name), and whether as a repetition."""
    found = (match for posted in said if (match := _TOLD.match(posted.text)))
    return Counter((match["name"], match["what"], match["tag"] is not None) for match in found)


def _told_too_often(jobs: Sequence[Known], said: Sequence[Posted]) -> Iterator[str]:
    asked = {job.name: job.asked for job in jobs}
    for (name, what, repeated), count in told(said).items():
        # The platform stands still: a job finds its free slots once in its life, and ends once for each start.
        most = 1 if what == "现有空场" else max(asked.get(name, 0), 1)
        if count > most:
            yield f"{name} {what} was told {count} times {'again' if repeated else ''}"


def untold(listing: Sequence[dict[str, Any]], said: Sequence[Posted]) -> list[tuple[str, str]]:
    """Ends that are shown in the list and that nobody was told of: the job's name, and the status."""
    heard = {(name, what) for name, what, _ in told(said)}
    return [
        (row["name"], row["status"])
        for row in listing
        if row["status"] in _ENDS and (row["name"], _ENDS[row["status"]]) not in heard
    ]
